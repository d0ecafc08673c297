"""What an image is: bytes to facts, pixels, features."""
