"""Filters and projections: does a document match, and what of it goes out."""

import functools

from values import (ALIASES, ARRAY, BOOL, DOCUMENT, MAX_KEY, MIN_KEY, NULL, NUMBERS, RANKS, REGEX, Element, document, elements,
                    find, key, number, text)


class Refused(Exception):
    """What the server says no to: code, name, text."""

    def __init__(self, code, name, message):
        super().__init__(message)
        self.code, self.name = code, name


def unknown(what):
    return Refused(2, "BadValue", f"this fake does not know {what}")


def at_path(raw, path):
    """The elements that a dotted path leads to: several where there are arrays on the way, none where it ends."""
    head, _, rest = path.partition(".")
    here = find(raw, head)
    if here is None or not rest:
        return [] if here is None else [here]
    if here.type == DOCUMENT:
        return at_path(here.value, rest)
    if here.type == ARRAY:
        inner = at_path(here.value, rest)
        for part in elements(here.value):
            if part.type == DOCUMENT:
                inner += at_path(part.value, rest)
        return inner
    return []


def candidates(found):
    """A value and, where it is an array, each of its elements."""
    for element in found:
        yield element
        if element.type == ARRAY:
            yield from elements(element.value)


def types_of(operand):
    for one in elements(operand.value) if operand.type == ARRAY else [operand]:
        if one.type in NUMBERS:
            yield MIN_KEY if number(one) == -1 else int(number(one))
        elif text(one) == b"number":
            yield from NUMBERS
        else:
            yield ALIASES[text(one).decode()]


def ordered(found, operator, operand):
    """$gt and its kin compare values of the operand's kind alone; with MinKey and MaxKey, all of them."""
    wanted = key(operand)
    for element in candidates(found):
        have = key(element)
        if have[0] != wanted[0] and operand.type not in (MIN_KEY, MAX_KEY):
            continue
        # NaN is neither less nor more than a number.
        if operand.type in NUMBERS and element.type in NUMBERS and (have[1] == 0) != (wanted[1] == 0):
            continue
        if {"$gt": have > wanted, "$gte": have >= wanted, "$lt": have < wanted, "$lte": have <= wanted}[operator]:
            return True
    return operand.type == NULL and operator in ("$gte", "$lte") and not found


def equal(found, operand):
    if operand.type == NULL and not found:
        return True
    wanted = key(operand)
    return any(key(element) == wanted for element in candidates(found))


@functools.lru_cache(maxsize=4)
def all_keys(array):
    """Of the values of an array that thousands of documents are held against."""
    return frozenset(key(one) for one in elements(array)), any(one.type == NULL for one in elements(array))


def is_among(found, operand):
    keys, null = all_keys(operand.value)
    return null and not found or any(key(element) in keys for element in candidates(found))


def operator_matches(found, operator, operand):
    if operator in ("$gt", "$gte", "$lt", "$lte"):
        return ordered(found, operator, operand)
    if operator == "$eq":
        return equal(found, operand)
    if operator == "$ne":
        return not equal(found, operand)
    if operator == "$in":
        return is_among(found, operand)
    if operator == "$nin":
        return not is_among(found, operand)
    if operator == "$exists":
        wanted = operand.value != b"\0" if operand.type == BOOL else number(operand) != 0
        return bool(found) == wanted
    if operator == "$type":
        wanted = set(types_of(operand))
        return any(element.type in wanted for element in candidates(found))
    if operator == "$not":
        return not field_matches(found, operand)
    raise unknown(f"the operator {operator}")


def is_operators(operand):
    return operand.type == DOCUMENT and any(part.name.startswith("$") for part in elements(operand.value))


def field_matches(found, operand):
    if operand.type == REGEX:
        raise unknown("regular expressions")
    if is_operators(operand):
        return all(operator_matches(found, part.name, part) for part in elements(operand.value))
    return equal(found, operand)


def matches(raw, condition):
    """Does the document match the filter? Both as bytes."""
    for part in elements(condition):
        if part.name in ("$and", "$or", "$nor"):
            each = [matches(raw, one.value) for one in elements(part.value)]
            fits = {"$and": all(each), "$or": any(each), "$nor": not any(each)}[part.name]
        elif part.name == "$comment":
            fits = True
        elif part.name.startswith("$"):
            raise unknown(f"the operator {part.name}")
        else:
            fits = field_matches(at_path(raw, part.name), part)
        if not fits:
            return False
    return True


def equalities(condition):
    """(path, element) for what the filter says a new document must have."""
    for part in elements(condition):
        if part.name == "$and":
            for one in elements(part.value):
                yield from equalities(one.value)
        elif part.name.startswith("$"):
            continue
        elif is_operators(part):
            exact = find(part.value, "$eq")
            if exact:
                yield part.name, exact
        else:
            yield part.name, part


class Projection:
    """{a: 1, 'b.c': 1} or {a: 0}; as of the server's rules, _id stays unless it is left out by name."""

    def __init__(self, condition):
        parts = list(elements(condition))
        if any(part.type == DOCUMENT for part in parts):
            raise unknown("expressions in a projection")
        wanted = {part.name: part.value != b"\0" if part.type == BOOL else number(part) != 0 for part in parts}
        keep_id = wanted.pop("_id", None)
        if len(set(wanted.values())) > 1:
            raise Refused(31254, "Location31254", "Cannot do exclusion in inclusion projection")
        self.include = any(wanted.values()) if wanted else bool(keep_id)
        self.tree = {}
        for path in wanted:
            here = self.tree
            *outer, last = path.split(".")
            for name in outer:
                here = here.setdefault(name, {})
            here[last] = None
        if keep_id is not None or self.include:
            self.tree.pop("_id", None)
            if (keep_id is not False) == self.include:
                self.tree["_id"] = None

    def apply(self, raw):
        return self.part_of(raw, self.tree)

    def part_of(self, raw, tree):
        return document(self.chosen(raw, tree))

    def chosen(self, raw, tree):
        for element in elements(raw):
            below = tree.get(element.name, False)
            if below is False or below is None:
                if (below is None) == self.include:
                    yield element
            elif element.type == DOCUMENT:
                yield Element(element.name, DOCUMENT, self.part_of(element.value, below))
            elif element.type == ARRAY:
                inner = (Element(one.name, one.type, self.part_of(one.value, below)) for one in elements(element.value)
                         if one.type == DOCUMENT)
                yield Element(element.name, ARRAY, document(inner))
            elif not self.include:
                yield element


def sort_key(raw, path):
    """The least of the values on a path; a missing one sorts as null."""
    found = list(candidates(at_path(raw, path)))
    return min((key(element) for element in found), default=(RANKS[NULL], b""))
