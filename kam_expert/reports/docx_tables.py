"""Tables in Word: columns as wide as their texts need, header rows that return on each page, rows that stay whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kam_expert.reports.docx_xml import Letters, attribute, paragraph
from kam_expert.reports.pictures import Grade, Grid, GridCell
from kam_expert.reports.text import columns

CELL_MARGINS = 170  # left and right of a cell together, in twips, as in the styles of our tables
LETTER = 104  # the width of half an em in a cell, in twips
BOLD = 1.2  # how much wider a header is
WORD = 16  # a word longer than so many columns may be broken
PHRASE = 8  # the width that a column gives Chinese at least, if it says so much
MOST = 160  # what a text may ask for in columns, however long it is
TALL = 12  # a row of more lines may go on on the next page
WHOLE_GRID = 16  # a heat map of at most so many rows stays on one page
TOGETHER = 8  # a table of at most so many lines stays on one page
LABELS = (0.18, 0.36)  # the least and the largest share of the labels of pairs
SHADES = ("9BCBB5", "D3E6C5", "F6E3B4", "F2B99B")  # from good to bad; a mark says the same
NO_SHADE, RIM = "EDF1F4", "D55E00"
OLD = "*"  # beside the mark of what wants renewing
SIDES = {"top": (-1, 0), "left": (0, -1), "bottom": (1, 0), "right": (0, 1)}


@dataclass(frozen=True)
class TableStyles:
    """The ids of the styles of a table in the template at hand."""

    table: str
    pairs: str
    grid: str
    cell: str


def column_widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """Widths in twips that together fill `room`: each column gets its longest word, the rest by how much it says."""
    columns_of = list(zip(*([*row, *[""] * (max(map(len, rows)) - len(row))] for row in rows), strict=True))
    smallest: list[float] = []
    natural: list[float] = []
    share: list[float] = []
    for texts in columns_of:
        words = [min(_unbreakable(each), WORD) for text in texts[1:] for each in text.split()]
        word = max([*words, *(min(BOLD * _unbreakable(each), WORD) for each in texts[0].split())], default=0)
        wide = [min(each, MOST) for each in (BOLD * _widest_line(texts[0]), *map(_widest_line, texts[1:]))]
        smallest.append(float(CELL_MARGINS + LETTER * max(word, 3)))
        natural.append(max(smallest[-1], CELL_MARGINS + LETTER * max(wide)))
        share.append((sum(each * each for each in wide) / len(wide)) ** 0.5 + max(wide))
    if sum(smallest) >= room or sum(natural) <= room:  # too little for the words, or enough for every line
        wanted = smallest if sum(smallest) >= room else natural
        return _filled([each * room / sum(wanted) for each in wanted], room)
    return _filled(_poured(smallest, natural, share, room), room)


def _poured(widths: list[float], most: list[float], share: list[float], room: int) -> list[float]:
    """The spare room by shares, to no column more than it can use."""
    open_ = {index for index in range(len(widths)) if widths[index] < most[index]}
    while open_ and sum(widths) < room - 1:
        part = (room - sum(widths)) / sum(share[index] for index in open_)
        for index in tuple(open_):
            widths[index] = min(widths[index] + part * share[index], most[index])
            if widths[index] >= most[index]:
                open_.discard(index)
    return widths


def _filled(widths: list[float], room: int) -> list[int]:
    whole = [int(each) for each in widths]
    whole[whole.index(max(whole))] += room - sum(whole)
    return whole


def _lines(texts: Sequence[str], widths: Sequence[int]) -> int:
    """About how many lines a row takes."""
    return max(
        sum(-(-LETTER * columns(line) // max(width - CELL_MARGINS, LETTER)) or 1 for line in text.split("\n"))
        for text, width in zip(texts, widths, strict=True)
    )


def _joined(rows: Sequence[Sequence[str]], widths: Sequence[int], last: bool) -> list[bool]:
    """Which rows stay on the page of the next: all of a short table, else the first and the second last, if not tall.

    `last`: whether the last one stays with what follows the table.
    """
    lines = [_lines(row, widths) for row in rows]
    ends = (0, len(rows) - 2)
    kept = [sum(lines) <= TOGETHER or (index in ends and lines[index] <= TALL) for index in range(len(rows))]
    return [*kept[:-1], last and lines[-1] <= TALL]


def _widest_line(text: str) -> int:
    return max(columns(line) for line in text.split("\n"))


def _unbreakable(word: str) -> int:
    """How wide the longest part is that no line should end in; Chinese may break after a few characters."""
    longest = current = 0
    for letter in word:
        current = current + 1 if columns(letter) == 1 else min(current + 2, PHRASE)
        longest = max(longest, current)
    return longest


def table(
    headers: Sequence[str],
    rows: Sequence[Sequence[str]],
    letters: Letters,
    styles: TableStyles,
    room: int,
    *,
    joined: bool = False,
) -> str:
    """A table with a header row that is repeated on every page; `joined`: its end stays with what follows."""
    widths = column_widths([headers, *rows], room)
    written = [_row(headers, widths, letters, styles, header=True, joined=True)]
    filled = [[*row, *[""] * (len(headers) - len(row))] for row in rows]
    written += [
        _row(row, widths, letters, styles, joined=kept)
        for row, kept in zip(filled, _joined(filled, widths, joined), strict=True)
    ]
    return _table(styles.table, widths, "".join(written), header=True, first_column=False)


def pairs(
    items: Sequence[tuple[str, str]], letters: Letters, styles: TableStyles, room: int, *, joined: bool = False
) -> str:
    """Labels and values in two columns without a header; `joined`: their end stays with what follows."""
    label = CELL_MARGINS + LETTER * 1.1 * max(columns(each) for each, _ in items)
    first = int(min(max(label, LABELS[0] * room), LABELS[1] * room))
    widths = [first, room - first]
    written = [
        _row(item, widths, letters, styles, joined=kept)
        for item, kept in zip(items, _joined(items, widths, joined), strict=True)
    ]
    return _table(styles.pairs, widths, "".join(written), header=False, first_column=True)


def grid(shown: Grid, letters: Letters, styles: TableStyles, room: int) -> str:
    """A heat map: rows in groups, each cell with its shade and its mark; too many columns go on in a grid below."""
    labels = [label for _, rows in shown.groups for label, _ in rows] + [group for group, _ in shown.groups]
    first = min(room * 0.34, CELL_MARGINS + LETTER * 1.1 * max(columns(each) for each in labels))
    grades = {grade.id: grade for grade in shown.grades}
    inside = (_marked(cell, grades) for _, rows in shown.groups for _, cells in rows for cell in cells)
    words = [word for text in (*shown.columns, *inside) for word in text.split()]
    narrowest = CELL_MARGINS + LETTER * BOLD * max((min(_unbreakable(each), WORD) for each in words), default=3)
    apart = paragraph("", "", '<w:spacing w:before="0" w:after="0" w:line="140" w:lineRule="exact"/>')
    pieces = shown.by_columns(int((room - first) / narrowest))
    return apart.join(
        _grid(piece, letters, styles, room, first, last=index == len(pieces) - 1) for index, piece in enumerate(pieces)
    )


def _grid(shown: Grid, letters: Letters, styles: TableStyles, room: int, first: float, *, last: bool) -> str:
    """One piece of a heat map; `last`: its end stays with what is said below."""
    left = sum(len(rows) for _, rows in shown.groups)
    whole = left <= WHOLE_GRID
    grades = {grade.id: grade for grade in shown.grades}
    each = int((room - first) / len(shown.columns))
    widths = [room - each * len(shown.columns), *[each] * len(shown.columns)]
    written = [_row(["", *shown.columns], widths, letters, styles, header=True, joined=True, centred=True)]
    for group, rows in shown.groups:
        if group:
            written.append(_spanning(group, widths, letters, styles))
        for place, (label, cells) in enumerate(rows):
            left -= 1
            joined = last if left == 0 else whole
            content = [_cell(label, widths[0], letters, styles, joined=joined)]
            for index, (cell, width) in enumerate(zip(cells, widths[1:], strict=True)):
                shade = grades[cell.grade].shade
                ground = NO_SHADE if shade is None else SHADES[shade]
                more = _edges(rows, place, index) + f'<w:shd w:val="clear" w:color="auto" w:fill="{ground}"/>'
                text = _marked(cell, grades)
                content.append(_cell(text, width, letters, styles, joined=joined, centred=True, more=more))
            written.append(_tr("".join(content)))
    return _table(styles.grid, widths, "".join(written), header=True, first_column=False)


def _marked(cell: GridCell, grades: Mapping[str, Grade]) -> str:
    mark = grades[cell.grade].mark + (OLD if cell.old else "")
    return "\n".join(part for part in (mark, cell.note) if part)


def _edges(rows: Sequence[tuple[str, Sequence[GridCell]]], row: int, column: int) -> str:
    """The rim of a cell that wants renewing, where its neighbours draw the same edge too: of two, either may win."""
    edges = []
    for side, (down, right) in SIDES.items():
        beside = (row + down, column + right)
        within = 0 <= beside[0] < len(rows) and 0 <= beside[1] < len(rows[row][1])
        if rows[row][1][column].old or (within and rows[beside[0]][1][beside[1]].old):
            edges.append(f'<w:{side} w:val="dashed" w:sz="12" w:space="0" w:color="{RIM}"/>')
    return f"<w:tcBorders>{''.join(edges)}</w:tcBorders>" if edges else ""


def _spanning(text: str, widths: list[int], letters: Letters, styles: TableStyles) -> str:
    properties = f'<w:tcW w:w="{sum(widths)}" w:type="dxa"/><w:gridSpan w:val="{len(widths)}"/>'
    content = paragraph(styles.cell, letters.run(text, more="<w:b/><w:bCs/>"), "<w:keepNext/>")
    return _tr(f"<w:tc><w:tcPr>{properties}</w:tcPr>{content}</w:tc>")


def _table(style: str, widths: list[int], rows: str, *, header: bool, first_column: bool) -> str:
    look = f'w:firstRow="{header:d}" w:lastRow="0" w:firstColumn="{first_column:d}" w:lastColumn="0"'
    properties = (
        f'<w:tblStyle w:val={attribute(style)}/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
        f'<w:tblLayout w:type="fixed"/><w:tblLook w:val="{0x600 + 0x20 * header + 0x80 * first_column:04X}" {look}'
        ' w:noHBand="1" w:noVBand="1"/>'
    )
    shape = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
    return f"<w:tbl><w:tblPr>{properties}</w:tblPr><w:tblGrid>{shape}</w:tblGrid>{rows}</w:tbl>"


def _tr(cells: str, *, header: bool = False, whole: bool = True) -> str:
    """A row; `whole`: on one page."""
    properties = ("<w:cantSplit/>" if whole else "") + ("<w:tblHeader/>" if header else "")
    return f"<w:tr>{f'<w:trPr>{properties}</w:trPr>' if properties else ''}{cells}</w:tr>"


def _row(
    texts: Sequence[str],
    widths: Sequence[int],
    letters: Letters,
    styles: TableStyles,
    *,
    header: bool = False,
    joined: bool = False,
    centred: bool = False,
) -> str:
    cells = (
        _cell(text, width, letters, styles, joined=joined, centred=centred)
        for text, width in zip(texts, widths, strict=True)
    )
    return _tr("".join(cells), header=header, whole=header or _lines(texts, widths) <= TALL)


def _cell(
    text: str,
    width: int,
    letters: Letters,
    styles: TableStyles,
    *,
    joined: bool,
    centred: bool = False,
    more: str = "",
) -> str:
    """A cell; `joined`: on the page of the row below. `more`: its rim and ground."""
    placed = ("<w:keepNext/>" if joined else "") + ('<w:jc w:val="center"/>' if centred else "")
    content = paragraph(styles.cell, letters.run(text) if text else "", placed)
    return f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{more}</w:tcPr>{content}</w:tc>'
