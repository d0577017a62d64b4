"""Tables in Markdown, read back."""


def table(text: str) -> list[list[str]]:
    """The cells of a page's only table, header first, without the line below it; stressed cells keep their stars."""
    lines = [line.strip("|") for line in text.splitlines() if line.startswith("|")]
    rows = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    return [row for number, row in enumerate(rows) if number != 1]
