"""Our own form of a plan as a workbook: its sheets and their columns, declared once, for writing and for reading."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from types import MappingProxyType
from typing import Any

from django.db import models

from common.formats import number_text
from common.model_fields import column_of
from projects.models import Department, DepartmentsField, InferredField, Milestone, MoneyField, Project, Source
from projects.models.columns import StepsField
from tasks.models import (
    Addition,
    Commitment,
    Contribution,
    Indicator,
    Measure,
    Outline,
    OutlineItem,
    Plan,
    Series,
    Target,
    Task,
    TaskGroup,
)
from tasks.models.indicators import Comparator

TITLE = "年度计划表"  # in the first cell of the sheet that explains, before the version
VERSION = 1
GUIDE, EXAMPLE = "说明", "示例"  # sheets that the reader passes over
LISTED = "、"  # between several names in a cell
YES, NO = "是", "否"
TICK, DROPPED = "✓", "已取消"  # of what is not carried over

# The kinds of rows, by the names that columns give them.
MODELS: Mapping[str, type[models.Model]] = MappingProxyType(
    {
        "source": Source,
        "plan": Plan,
        "addition": Addition,
        "department": Department,
        "project": Project,
        "milestone": Milestone,
        "series": Series,
        "commitment": Commitment,
        "target": Target,
        "group": TaskGroup,
        "task": Task,
        "measure": Measure,
        "outline": Outline,
        "item": OutlineItem,
        "indicator": Indicator,
        "contribution": Contribution,
    }
)
# What a row of the sheet of tasks is, by its first column.
WORK_KINDS = {"任务组": "group", "任务": "task", "举措": "measure", "要点": "outline", "要点内容": "item"}


class Kind(Enum):
    """How the value of a column is written and read."""

    TEXT = auto()
    CODE = auto()  # made of the name where it is left empty
    WHOLE = auto()
    NUMBER = auto()  # with the unit of its row
    MONEY = auto()  # 万元, or with a unit
    DAY = auto()
    CHOICE = auto()
    FLAG = auto()
    STEPS = auto()
    DEPARTMENTS = auto()
    INFERRED = auto()
    PROJECTS = auto()
    NAME = auto()  # of a row elsewhere in the workbook


BY_FIELD: tuple[tuple[type[models.Field], Kind], ...] = (
    (MoneyField, Kind.MONEY),
    (InferredField, Kind.INFERRED),
    (StepsField, Kind.STEPS),
    (DepartmentsField, Kind.DEPARTMENTS),
    (models.DateField, Kind.DAY),
    (models.BooleanField, Kind.FLAG),
    (models.IntegerField, Kind.WHOLE),
    (models.DecimalField, Kind.NUMBER),
    (models.SlugField, Kind.CODE),
)
WIDTHS = {
    Kind.TEXT: 20, Kind.CODE: 18, Kind.WHOLE: 7, Kind.NUMBER: 10, Kind.MONEY: 14, Kind.DAY: 13, Kind.CHOICE: 14,
    Kind.FLAG: 10, Kind.STEPS: 26, Kind.DEPARTMENTS: 22, Kind.INFERRED: 24, Kind.PROJECTS: 26, Kind.NAME: 20,
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A column of a sheet. `keys` are the fields that it fills, `row.field`: more than one where rows are of several kinds."""

    head: str
    keys: tuple[str, ...]
    kind: Kind
    width: int
    choices: Mapping[str, Any]
    is_needed: bool = False
    example: str = ""
    hint: str = ""

    @property
    def has_no_default(self) -> bool:
        """Whether rows of some kind can't be made without it. Codes and numbers are made."""
        keys = [key.partition(".") for key in self.keys]
        made = self.kind is Kind.CODE or any(name == "number" for _part, _, name in keys)
        return not made and any(is_without_default(part, name) for part, _, name in keys)

    def field_in(self, part: str) -> str:
        """The name of the field that the column fills in a row of that kind; "" where it fills none."""
        return next((name for one, _, name in (key.partition(".") for key in self.keys) if one == part), "")


def is_without_default(part: str, name: str) -> bool:
    """Whether a row can't be made without a value of the field."""
    field = model_field(part, name)
    return field is not None and not (field.blank or field.null or field.has_default() or field.is_relation)


@dataclass(frozen=True)
class FormSheet:
    """`is_upright`: its heads stand below one another in the first column, its only row in the second."""

    name: str
    about: str
    columns: tuple[Column, ...]
    is_upright: bool = False

    def of(self, part: str) -> Iterator[tuple[str, Column]]:
        """(field, column) of all that a row of that kind has."""
        return ((name, column) for column in self.columns if (name := column.field_in(part)))

    @property
    def lasting_heads(self) -> list[str]:
        """Those that have to stand there, filled or not. What an upright sheet may do without is seen by what is filled."""
        return [
            column.head
            for column in self.columns
            if column.is_needed or (not self.is_upright and column.has_no_default)
        ]


def model_field(part: str, name: str) -> models.Field | None:
    """None for what is no column of the database, such as the category of a row."""
    model = MODELS.get(part)
    return column_of(model, name) if model and name in {one.name for one in model._meta.concrete_fields} else None


def column(*keys: str, head: str = "", kind: Kind | None = None, wide: int = 0, **more: Any) -> Column:
    """The column of these fields; head, kind and choices are those of the first field unless they are given."""
    field = model_field(*keys[0].split("."))  # type: ignore[call-arg]  # two parts each
    given = kind or (Kind.CHOICE if field and field.choices else _kind_of(field))
    label = head or (_head_of(field) if field else "")
    choices = more.pop("choices", None) or {str(word): value for value, word in (field.choices or () if field else ())}
    if given is Kind.FLAG:
        choices = {YES: True, NO: False}
    return Column(label, keys, given, wide or WIDTHS[given], choices, **more)


def _kind_of(field: models.Field | None) -> Kind:
    return next((kind for base, kind in BY_FIELD if isinstance(field, base)), Kind.TEXT)


def _head_of(field: models.Field) -> str:
    return f"{field.label}（万元）" if isinstance(field, MoneyField) else str(field.verbose_name)


def inferred_words(part: str) -> dict[str, str]:
    """The names that may stand under 本站理解, by field."""
    field = column_of(MODELS[part], "inferred")
    assert isinstance(field, InferredField)  # noqa: S101  # nosec B101 # for the reader of types
    return {name: field.label_of(name).removesuffix("（元）") for name in field.names}


def steps_text(steps: list[list[str]]) -> str:
    return "；".join(f"{day} {amount}" for day, amount in steps)


def value_text(value: Any) -> str:
    return number_text(value) if hasattr(value, "as_tuple") else str(value)


INFERRED_HINT = "哪几栏是自己的理解、不是文件里的原话，写上栏名，用顿号隔开。"
LEADS_HINT = "写“部门”表里的名称，几个用顿号隔开，牵头的写在最前。"
CODE_HINT = "网址里用的小写英文、数字和连字符；空着就按拼音编。公布后不能改。"

PLAN = FormSheet(
    "计划",
    "这一年的计划是什么，从哪天到哪天，多久报一次。每行一项，填在第二列。",
    (
        column("plan.year", is_needed=True, example="2024"),
        column("plan.title", is_needed=True, example="青禾市 2024 年工作目标任务"),
        column("plan.short_title", is_needed=True, example="青禾 2024 年承诺"),
        column(
            "plan.authority", example="市里", hint="居民怎样称呼说话算数的：市里、县里、区里、镇里；空着就照名称猜。"
        ),
        column("plan.guideline", example="先修旧，再添新。"),
        column("plan.starts_on", is_needed=True, example="2024-01-01"),
        column("plan.ends_on", is_needed=True, example="2024-12-31"),
        column("plan.adopted_on", example="2024-02-28"),
        column("plan.reporting_months", example="每月"),
        column("plan.grace_days", example="10"),
        column("plan.lag_warning", example="10", hint="比按日子该到的少这么多个百分点，就说落后。"),
        column("plan.lag_alarm", example="30"),
        column("source.title", head="资料来源：标题", example="青禾市 2024 年政府工作报告", hint="没有就整段空着。"),
        column("source.kind", head="资料来源：种类", example="政府文件"),
        column("source.publisher", head="资料来源：发布单位", example="青禾市人民政府"),
        column("source.editor", head="资料来源：责任编辑"),
        column("source.issued_on", head="资料来源：发布日期", example="2024-03-01"),
        column("source.url", head="资料来源：网址"),
        column("source.key", head="资料来源：代号", hint=CODE_HINT),
        column("addition.title", head="追加：名称", hint="计划公布以后再加的才填：这份表里新的几行就是追加的。"),
        column("addition.reason", head="追加：为什么"),
        column("addition.code", head="追加：代号", kind=Kind.CODE, hint=CODE_HINT),
    ),
    is_upright=True,
)
DEPARTMENTS = FormSheet(
    "部门",
    "别的表里用到的部门，每个一行。",
    (
        column("department.name", is_needed=True, wide=30, example="住房和城乡建设局"),
        column("department.phone", example="0350-1234567"),
        column("department.slug", head="代号", hint=CODE_HINT),
    ),
)
WORK = FormSheet(
    "任务",
    "任务组、任务、举措，一行一样：举措写在它的任务下面，任务写在它的任务组下面，要点内容写在它的要点下面。",
    (
        column("row.category", head="类别", kind=Kind.CHOICE, choices=WORK_KINDS, wide=10, example="任务", is_needed=True),
        column("group.number", "task.number", "measure.number", "outline.number", "item.number", example="1"),
        column(
            "task.title", "measure.title", "group.title", "outline.title", "item.title",
            is_needed=True, wide=44, example="让办事更方便",
        ),
        column("task.wording", "measure.wording", wide=36, hint="文件里怎么写就怎么写。"),
        column("task.leads", "measure.leads", example="住房和城乡建设局", hint=LEADS_HINT),
        column("task.partners", "measure.partners"),
        column("task.post", "measure.post", hint="只写职务，不写姓名。"),
        column("task.due_on", "measure.due_on", example="2024-09-30"),
        column(
            "measure.projects", head="为它服务的项目", kind=Kind.PROJECTS, hint="写“承诺”表里的项目，几个用顿号隔开。"
        ),
        column(
            "measure.projects_inferred", head="为它服务的项目（本站理解）", kind=Kind.PROJECTS,
            hint="文件里没有说它们是为这件事服务的，是自己的理解，写在这一栏。",
        ),
        column("outline.text", wide=36),
        column("outline.task", head="所属任务", kind=Kind.NAME, hint="要点说的是哪项任务；没有就空着。"),
        column("group.noun", wide=12, hint="一项叫什么，例如“大事”“工作”。只有任务组要填。"),
        column("group.counter", wide=7, hint="例如“件”“项”。只有任务组要填。"),
        column("task.inferred", "measure.inferred", hint=INFERRED_HINT),
        column("group.code", "outline.code", hint=CODE_HINT),
    ),
)  # fmt: skip
PROMISES = FormSheet(
    "承诺",
    "每件承诺一行：哪个系列的第几件，是哪个项目，要做到什么程度。",
    (
        column("series.title", head="承诺系列", is_needed=True, example="民生实事"),
        column("commitment.number", is_needed=True, example="1"),
        column("project.title", head="项目", is_needed=True, wide=32, example="通村公路"),
        column("project.short_title", wide=14, example="通村公路"),
        column("project.box_name", wide=12, example="村路", hint="首页格子里用，最多四个字。"),
        column("commitment.goal", wide=8, is_needed=True, example="办成"),
        column("commitment.wording", wide=40, example="投资 1.85 亿元，建成通村公路。"),
        column("commitment.annual_investment", example="18500", hint="没有公布就留空，不要填 0。"),
        column("project.investment", example="1.85亿", hint="不写单位就是万元。没有公布就留空，不要填 0。"),
        column("project.funding"),
        column("project.place"),
        column("project.leads", example="住房和城乡建设局", hint=LEADS_HINT),
        column("project.partners"),
        column("project.post", hint="只写职务，不写姓名。"),
        column("project.part_counter", wide=10, hint="各分项逐一点名时用，例如“条”“所”。"),
        column("commitment.inferred", hint=INFERRED_HINT),
        column("row.kept", head="去年办成", wide=9, hint=f"由去年的计划带出来的表才有：写着{TICK}的行不带到今年。"),
        column("series.short_title", head="系列简称", wide=14, example="民生实事"),
        column("series.noun", wide=12, example="实事", hint="一件叫什么。同一系列写一次就够。"),
        column("series.counter", wide=7, example="件"),
        column("series.number", head="系列序号", example="1"),
        column("series.code", head="系列代号", hint=CODE_HINT),
        column("project.slug", head="项目代号", hint=CODE_HINT),
    ),
)
TARGETS = FormSheet(
    "目标",
    "每件承诺要数的东西一行：几座站、几公里路、开没开工，到哪天。",
    (
        column("target.series", head="承诺系列", kind=Kind.NAME, example="民生实事"),
        column("target.number", head="承诺序号", kind=Kind.WHOLE, wide=9, example="5"),
        column("milestone.project", head="项目", kind=Kind.NAME, hint="写了承诺系列和序号就可以不写。"),
        column("milestone.title", head="节点", is_needed=True, wide=24, example="污水处理站"),
        column("target.amount", example="10", hint="办到就算的写 1，按百分数算的写 100、单位写 %。"),
        column("milestone.unit", is_needed=True, wide=8, example="座"),
        column("target.due_on", example="2024-12-31", hint="空着就按计划的最后一天，并记为本站理解。"),
        column("target.pace", example="按日均匀"),
        column(
            "target.steps",
            example="2024-06-30 3；2024-09-30 8",
            hint="日期和累计的数，用分号隔开；计划进度要选“分步或到期完成”。",
        ),
        column("target.starts_on", example="2024-01-01", hint="空着就按计划的第一天，并记为本站理解。"),
        column("target.from_amount", example="0", hint="开始时已经有多少。"),
        column("target.weight", wide=7, example="1"),
        column("milestone.is_counted", hint="只能是整数。空着就看单位。"),
        column("milestone.verb", wide=12, example="建成"),
        column("milestone.begun", wide=12, example="动工"),
        column("milestone.is_lasting", wide=15, hint="培训、发放、放映、抽检做完就过去了，写否。"),
        column("milestone.noun", wide=12, example="站", hint="用在句子里的简称。"),
        column("target.inferred", hint=INFERRED_HINT),
        column("row.kept", head="去年办成", wide=9),
        column("milestone.number", head="节点序号", wide=9),
        column("milestone.code", head="节点代号", hint=CODE_HINT),
    ),
)
INDICATORS = FormSheet(
    "指标",
    "全年要达到的数字，每个一行。没有数字的不是指标，写到“任务”里。",
    (
        column("indicator.number", example="1"),
        column("indicator.title", is_needed=True, wide=32, example="建成区绿化覆盖率"),
        column("indicator.comparator", is_needed=True, example=Comparator.AT_LEAST.label),
        column("indicator.target", is_needed=True, example="36"),
        column("indicator.upper", hint="只有“在两个数之间”要填。"),
        column("indicator.unit", is_needed=True, example="%"),
        column("indicator.due_on", example="2024-12-31"),
        column("indicator.kind", example="某一天的水平"),
        column("indicator.baseline"),
        column("indicator.leads", hint=LEADS_HINT),
        column("indicator.task", head="所属任务", kind=Kind.NAME),
        column("indicator.wording", wide=36, hint="例如“左右”“稳定在”。"),
        column("indicator.note", wide=30),
        column("indicator.inferred", hint=INFERRED_HINT),
        column("indicator.code", hint=CODE_HINT),
    ),
)
SHEETS = (PLAN, DEPARTMENTS, WORK, PROMISES, TARGETS, INDICATORS)
