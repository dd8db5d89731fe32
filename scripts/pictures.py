"""pictures.py: draws the pictures of docs/how-it-reads.md, docs/pictures/*.svg, from the shipped models and from
small networks. Needs the packages of the tests."""

from __future__ import annotations

import asyncio
from pathlib import Path

import matplotlib as mpl
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor, nn

from app.cli.local import local_pipeline
from app.nets.classifier import RecurrentClassifier
from app.nets.modules import load_model
from app.nets.recurrent import Recurrent
from app.nets.translator import GruTranslator
from app.pipeline.explanation import Piece, SentimentExplanation
from app.settings import Settings
from app.text.tokenizer import Tokenizer

ROOT = Path(__file__).parent.parent
FOLDER, MODELS = ROOT / "docs" / "pictures", ROOT / "models"
OPINION = "The room was lovely, but the breakfast was cold and nobody apologised."
SENTENCE = "A woman in a red dress is reading a book on the balcony."
GOOD, BAD, INK = "#1b7f5c", "#b3402f", "#33526e"

# The task of a small network: name the first symbol, one of two, after LENGTH meaningless others.
SYMBOLS, EMBEDDING, HIDDEN, LENGTH, BATCH, STEPS, EVERY = 10, 16, 32, 30, 64, 300, 3
CLIP, GAIN, RATE, SCALE = 1.0, 1.2, 1.0, 0.3  # largest norm of a gradient, of the recurrence, of a step, of embeddings

TEXT = """
    We came here for my birthday because a friend had told us about the terrace, and at first it looked as if the
    evening would go well: the waiter smiled, found us a table near the river and brought water before we asked for it.
"""
GAINS = {"RNN, gain 0.8": 0.8, "RNN, gain 1": 1.0, "RNN, gain 1.4": 1.4}


class ReadsFirst(nn.Module):
    """Many to one as in `app.nets.classifier`, by the last state alone, so that its knowledge of the first symbol
    passed through every step."""

    def __init__(self) -> None:
        super().__init__()
        self.embedding = nn.Embedding(SYMBOLS, EMBEDDING)
        self.embedding.weight.data *= SCALE
        self.recurrent = Recurrent("rnn", EMBEDDING, HIDDEN)
        self.recurrent.rnn.weight_hh_l0.data *= GAIN
        self.output = nn.Linear(HIDDEN, 2)

    def forward(self, symbols: Tensor) -> Tensor:
        """symbols (batch, time) -> logits (batch, 2)."""
        lengths = torch.full((len(symbols),), symbols.shape[1])
        logits: Tensor = self.output(self.recurrent(self.embedding(symbols), lengths)[1])
        return logits


def batch_of(generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Symbols (BATCH, 1 + LENGTH) and the first of each row (BATCH)."""
    first = torch.randint(2, (BATCH, 1), generator=generator)
    others = torch.randint(2, SYMBOLS, (BATCH, LENGTH), generator=generator)
    return torch.cat([first, others], dim=1), first[:, 0]


def training(clip: float | None) -> tuple[list[float], list[float]]:
    """The loss of each step, and the norm of the gradient before it was clipped as `app.training.loop` does."""
    torch.manual_seed(1)
    generator = torch.Generator().manual_seed(1)
    network = ReadsFirst()
    optimizer = torch.optim.SGD(network.parameters(), RATE)
    losses, norms = [], []
    for _ in range(STEPS):
        symbols, first = batch_of(generator)
        loss = nn.functional.cross_entropy(network(symbols), first)
        optimizer.zero_grad()
        loss.backward()
        norm = nn.utils.clip_grad_norm_(network.parameters(), clip or float("inf"))
        optimizer.step()
        losses.append(loss.item())
        norms.append(norm.item())
    return losses, norms


def reach(rnn: nn.RNNBase, inputs: Tensor) -> list[float]:
    """How much the last state of the forward direction depends on the input of each step: the norm of the gradient,
    relative to that of the last step. inputs (time, width)."""
    inputs = inputs.detach().clone().requires_grad_()
    states, _ = rnn(inputs[None])  # (1, time, features)
    total = torch.zeros(len(inputs))
    for direction in torch.randn(16, rnn.hidden_size, generator=torch.Generator().manual_seed(3)):
        (gradient,) = torch.autograd.grad(states[0, -1, : rnn.hidden_size] @ direction, inputs, retain_graph=True)
        total += gradient.norm(dim=1)
    return (total / total[-1]).tolist()


def first_layer(rnn: nn.RNNBase) -> nn.RNNBase:
    """The forward direction of the first layer alone."""
    layer = type(rnn)(rnn.input_size, rnn.hidden_size, batch_first=True)
    layer.load_state_dict({name: rnn.state_dict()[name] for name in layer.state_dict()})
    return layer


def reaches() -> dict[str, list[float]]:
    """The reach of untrained simple networks, and of the shipped ones over TEXT."""
    found = {}
    for name, gain in GAINS.items():
        torch.manual_seed(1)
        simple = Recurrent("rnn", EMBEDDING, HIDDEN).rnn
        simple.weight_hh_l0.data *= gain
        found[name] = reach(simple, 0.1 * torch.randn(50, EMBEDDING))
    for name, folder in (("LSTM of sentiment-en", "sentiment-en"), ("GRU of translation-en-de", "translation-en-de")):
        model = load_model(MODELS / folder).eval()
        tokens = torch.tensor(Tokenizer.load(MODELS / folder / "tokenizer.json").encode(" ".join(TEXT.split()))[:50])
        if isinstance(model, RecurrentClassifier):
            found[name] = reach(first_layer(model.recurrent.rnn), model.embedding(tokens))
        elif isinstance(model, GruTranslator):
            found[name] = reach(first_layer(model.encoder.rnn), model.embed(tokens))
    return found


def draw_gradients() -> Figure:
    figure = Figure(figsize=(11, 3.6), layout="constrained")
    left, middle, right = figure.subplots(1, 3)
    for name, norms in reaches().items():
        left.plot(range(1 - len(norms), 1), norms, label=name, linewidth=1.2)
    left.set(title="Gradient of the last state by each input", xlabel="steps before the last", yscale="log")
    for clip, label, colour in ((None, "not clipped", BAD), (CLIP, f"clipped to {CLIP:g}", GOOD)):
        losses, norms = training(clip)
        steps = range(0, STEPS, EVERY)
        middle.plot(steps, norms[::EVERY], label=label, color=colour, linewidth=1)
        right.plot(steps, losses[::EVERY], label=label, color=colour, linewidth=1)
    middle.set(title="RNN: norm of the gradient before clipping", xlabel="step", yscale="log")
    right.set(title="RNN: loss", xlabel="step", yscale="log")
    for axes in (left, middle, right):
        axes.legend(fontsize=7)
        axes.grid(alpha=0.3)
    return figure


def draw_reading(explanation: SentimentExplanation) -> Figure:
    """The running sentiment, what each token contributed, and the gates."""
    tokens = explanation.tokens
    places = range(len(tokens))
    figure = Figure(figsize=(11, 5), layout="constrained")
    curve, bars, gates = figure.subplots(3, 1, sharex=True, height_ratios=(2, 1.4, 1.4))
    for label, colour in (("positive", GOOD), ("negative", BAD)):
        curve.plot(places, [token.running[label] for token in tokens], label=label, color=colour, marker=".")
    curve.set(title="Probability after each token", ylim=(0, 1))
    curve.legend(fontsize=8)
    contributions = [token.contribution for token in tokens]
    bars.bar(places, contributions, color=[GOOD if one > 0 else BAD for one in contributions])
    bars.axhline(0, color="grey", linewidth=0.8)
    bars.set_title("Contribution of each token (integrated gradients)")
    names = ("input", "forget", "output")
    draw_map(gates, [[token.gates[name] for token in tokens] for name in names], ".2f")
    gates.set_title("Gates: mean over all units, 0 closed, 1 open")
    gates.set_yticks(range(len(names)), names)
    gates.set_xticks(places, [token.text.strip() for token in tokens])
    return figure


def draw_attention(explanation: Piece) -> Figure:
    figure = Figure(figsize=(8, 6.4), layout="constrained")
    axes = figure.subplots()
    draw_map(axes, explanation.attention, ".1f")
    axes.set_xticks(range(len(explanation.source)), [token.text for token in explanation.source], rotation=40)
    axes.set_yticks(range(len(explanation.target)), [token.text.strip() or "end" for token in explanation.target])
    axes.set(xlabel="source", ylabel="translation, from top to bottom")
    axes.set_title("Where each written token was read")
    return figure


def draw_map(axes: Axes, rows: list[list[float]], form: str) -> None:
    """A heat map with its values, without those that round to 0."""
    axes.imshow(rows, aspect="auto", cmap="Blues", vmin=0, vmax=1)
    for y, row in enumerate(rows):
        for x, value in enumerate(row):
            if (text := format(value, form)) != format(0, form):
                axes.text(x, y, text, ha="center", va="center", fontsize=7, color="white" if value > 0.5 else INK)


async def explained() -> tuple[SentimentExplanation, Piece]:
    async with local_pipeline(Settings(device="cpu")) as pipeline:
        sentiment = await pipeline.sentiment(OPINION, language="en", explain=True)
        translation = await pipeline.translate(SENTENCE, source="en", target="de", explain=True)
    assert sentiment.explanation is not None
    assert translation.explanation is not None
    return sentiment.explanation, translation.explanation.sentences[0]


def main() -> None:
    torch.set_num_threads(1)  # the networks are small
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "undertone", "font.size": 9})
    reading, writing = asyncio.run(explained())
    pictures = {
        "gates": draw_reading(reading),
        "attention": draw_attention(writing),
        "gradients": draw_gradients(),
    }
    FOLDER.mkdir(exist_ok=True)
    for name, figure in pictures.items():
        figure.savefig(FOLDER / f"{name}.svg", format="svg", metadata={"Date": None})


if __name__ == "__main__":
    main()
