"""In place of the package of this name, which schemathesis brings: `import ray` imports it by way of jsonschema, and it
takes seconds, in each process of a cluster. jsonschema does without it."""

raise ImportError("no process of Ray checks the format iri")
