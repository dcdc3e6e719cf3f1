"""Text from outside, made safe to keep: no control or direction characters, no endless names."""

JOINERS = {"\u200c", "\u200d"}  # format characters that Persian and Indic names are spelled with


def clean_text(text: object, limit: int = 160) -> str:
    """One line of visible text, at most ``limit`` characters: control, direction and unassigned characters are dropped."""
    spaced = " ".join(str(text)[: 8 * limit].split())
    return "".join(c for c in spaced if c in JOINERS or c.isprintable())[:limit].strip()
