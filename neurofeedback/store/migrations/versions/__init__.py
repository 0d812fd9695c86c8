"""A module for each step; its number is its place in the order."""
