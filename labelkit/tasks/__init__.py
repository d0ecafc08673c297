"""What a worker does with one shard: frozen, picklable callables."""
