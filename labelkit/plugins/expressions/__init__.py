"""Rules in words that run no code: text to tokens, tokens to a small tree, the tree over whole columns."""
