"""What measures speed, ours and that of peers, one command each; README.md says which. Nothing here is installed."""
