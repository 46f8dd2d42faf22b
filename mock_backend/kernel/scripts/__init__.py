"""Scripts and functions: whoever runs Lua, and what is kept for the next call."""
