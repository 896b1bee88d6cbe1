"""Path converters. They match only numbers that every database can store; a longer one is a 404."""


class _Integer:
    def to_python(self, value: str) -> int:
        return int(value)

    def to_url(self, value: int) -> str:
        return str(value)


class YearConverter(_Integer):
    regex = "[1-9][0-9]{3}"


class MonthConverter(_Integer):
    regex = "0[1-9]|1[0-2]"

    def to_url(self, value: int) -> str:
        return f"{value:02}"


class NumberConverter(_Integer):
    regex = "[1-9][0-9]{0,3}"


class SeqConverter(_Integer):
    regex = "[1-9][0-9]{0,17}"
