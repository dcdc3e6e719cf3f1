"""Plain HTTP: tiles, numbers for the map, fonts, health."""
