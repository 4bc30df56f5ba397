"""Weighs rival causes for each source in trouble; always names the runner-up."""
