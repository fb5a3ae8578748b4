"""Programs that run inside the network, each a module started with ``python -m``."""
