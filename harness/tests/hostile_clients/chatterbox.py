"""Prints for ever."""

while True:
    print("I love computer networks! " * 1000)
