"""Composing mail: templates, headers, links, the secret keys behind them."""
