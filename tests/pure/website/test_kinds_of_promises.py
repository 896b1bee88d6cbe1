"""Real kinds of promises, each with its whole sentence: what cities count, from people trained to ranks and stages."""

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import pytest

from projects.adjustable import ChangeKind
from tests.plain_projects import PLAN, SERIES, day, part, promise, target
from website.sentences.promises import commitment_sentence

SEP = "2020-09-30"
START, ADVANCE, MOVED = {"goal": "START"}, {"goal": "ADVANCE"}, [ChangeKind.LOOSENED]
COUNTY, DISTRICT = (
    SimpleNamespace(**vars(SERIES) | {"plan": SimpleNamespace(**vars(PLAN) | {"authority": authority})})
    for authority in ("县里", "区里")
)


def things(*readings, of, unit, noun="", title="", verb="完成", begun="开始", key=1, **terms):
    """So many of something."""
    return part(
        target(*readings, amount=of, **terms), key, title or noun or unit, unit=unit, noun=noun, verb=verb, begun=begun
    )


def whole(*readings, key=1, title="建成", verb="建成", begun="动工", **terms):
    """A share of one whole thing."""
    return part(target(*readings, **terms), key, title, verb=verb, begun=begun)


def start(*readings, key=1, title="开工建设", **terms):
    return part(target(*readings, amount=1, pace="STEP", **terms), key, title, unit="次", verb="开工", begun="开工")


def changed(of, *, due_on="", amount=0, dropped=False):
    """The part under other terms; what was first promised stays beside them."""
    now = {"due_on": day(due_on)} if due_on else {}
    now |= {"amount": Decimal(amount)} if amount else {}
    return SimpleNamespace(**vars(of) | {"terms": replace(of.terms, is_dropped=dropped, **now)})


STATIONS = (
    things(("2020-06-30", 3), of=10, unit="座", noun="站", verb="建成", begun="动工"),
    things(("2020-06-30", 10), of=30, unit="处", noun="小设施", verb="建成", begun="动工", key=2),
)
# fmt: off
KINDS = {
    "people trained": ([things((SEP, 1200), of=3000, unit="名", noun="工人", title="技能工人", verb="培训", begun="开班")], {}, "3000 名工人培训了 1200 名。按日子该到 74%，实际 40%。"),
    "people to train, none yet": ([things((SEP, 0), of=3000, unit="名", noun="工人", title="技能工人", verb="培训", begun="开班")], {}, "还没开班；12 月 31 日前要培训 3000 名技能工人。按日子该到 74%。"),
    "people trained, all": ([things((SEP, 3000), of=3000, unit="名", noun="工人", title="技能工人", verb="培训", begun="开班")], {}, "3000 名工人全部培训完。"),
    "visits, counted by the deed": ([things((SEP, 5000), of=12000, unit="人次", noun="", title="体检", verb="体检", begun="体检")], {}, "12000 人次体检了 5000 人次。按日子该到 74%，实际 41%。"),
    "households": ([things((SEP, 800), of=2000, unit="户", noun="户", title="低保户", verb="发放", begun="发放")], {}, "2000 户发放了 800 户。按日子该到 74%，实际 40%。"),
    "a subsidy": ([things((SEP, 300), of=1200, unit="万元", noun="补贴", title="农机补贴", verb="发放", begun="发放")], {}, "1200 万元补贴发放了 300 万元。按日子该到 74%，实际 25%。"),
    "films": ([things((SEP, 900), of=1320, unit="场", noun="电影", title="农村公益电影", verb="放映", begun="放映")], {}, "1320 场电影放映了 900 场。按日子该到 74%，实际 68%。"),
    "batches inspected": ([things((SEP, 320), of=600, unit="批次", noun="食品", title="食品抽检", verb="抽检", begun="抽检")], {}, "600 批次食品抽检了 320 批次。按日子该到 74%，实际 53%。"),
    "kilometres": ([things((SEP, "23.5"), of=60, unit="公里", noun="农村公路", title="农村公路", verb="改造", begun="开工")], {}, "60 公里农村公路改造了 23.5 公里。按日子该到 74%，实际 39%。"),
    "acres": ([things((SEP, 12000), of=20000, unit="亩", noun="高标准农田", title="高标准农田", verb="建成", begun="动工")], {}, "20000 亩高标准农田建成 12000 亩。按日子该到 74%，实际 60%。"),
    "bus lines": ([things((SEP, 2), of=3, unit="条", noun="公交线路", title="公交线路", verb="开通", begun="开通")], {}, "3 条公交线路开通 2 条。按日子该到 74%，实际 66%。"),
    "bus lines, all": ([things((SEP, 3), of=3, unit="条", noun="公交线路", title="公交线路", verb="开通", begun="开通")], {}, "3 条公交线路全部开通。"),
    "bus lines, more": ([things((SEP, 5), of=3, unit="条", noun="公交线路", title="公交线路", verb="开通", begun="开通")], {}, "说好 3 条公交线路，开通 5 条，多开通 2 条。"),
    "parking places, more": ([things((SEP, 520), of=500, unit="个", noun="车位", title="停车位", verb="新增", begun="动工")], {}, "说好 500 个车位，新增 520 个，多增 20 个。"),
    "trees": ([things((SEP, 80), of=100, unit="万株", noun="树", title="树木", verb="栽植", begun="栽植")], {}, "100 万株树栽植了 80 万株。按日子该到 74%，实际 80%。"),
    "jobs": ([things((SEP, 4100), of=5000, unit="人", noun="人", title="新增就业", verb="新增", begun="开始")], {}, "5000 人新增 4100 人。按日子该到 74%，实际 82%。"),
    "toilets": ([things((SEP, 1000), of=2500, unit="座", noun="厕所", title="户厕", verb="改造", begun="动工")], {}, "2500 座厕所改造了 1000 座。按日子该到 74%，实际 40%。"),
    "lamps, none yet": ([things((SEP, 0), of=300, unit="盏", noun="路灯", title="路灯", verb="安装", begun="安装")], {}, "还没安装；12 月 31 日前要安装 300 盏路灯。按日子该到 74%。"),
    "a share of a connection": ([whole((SEP, 40), title="天然气入户", verb="接通", begun="施工")], {}, "完成 40%，按日子该到 74%。"),
    "a share of a network": ([whole((SEP, 40), title="供水管网", verb="改造", begun="施工")], {}, "完成 40%，按日子该到 74%。"),
    "a network, done": ([whole((SEP, 100), title="供水管网", verb="改造", begun="施工")], {}, "9 月 30 日供水管网改造完。"),
    "a network, not begun": ([whole((SEP, 0), title="供水管网", verb="改造", begun="施工")], {}, "还没施工；12 月 31 日前要改造供水管网。按日子该到 74%。"),
    "a start, ahead": ([start((SEP, 0))], START, "还没开工；最晚 12 月 31 日开工。"),
    "a start, done": ([part(target((SEP, 1), amount=1, pace="STEP"), 1, "开工", unit="次", verb="开工", begun="开工")], START, "9 月 30 日开工。"),
    "stages": ([things((SEP, 1), of=1, unit="次", title="立项", pace="STEP"), things((SEP, 0), of=1, unit="次", title="招标", pace="STEP", key=2), things(of=1, unit="次", title="开工", pace="STEP", key=3)], {"counter": "步"}, "9 月 30 日立项，还没招标，开工：没有数据。"),
    "a rank, reached": ([things((SEP, 1), of=1, unit="次", title="进入全省前 10 名", verb="进入", begun="开始", pace="STEP")], {}, "9 月 30 日进入全省前 10 名。"),
    "a rank, not yet": ([things((SEP, 0), of=1, unit="次", title="进入全省前 10 名", verb="进入", begun="开始", pace="STEP")], {}, "还没开始；12 月 31 日前要进入全省前 10 名。"),
    "a title, not yet": ([things((SEP, 0), of=1, unit="次", title="创成国家卫生城市", verb="创成", begun="申报", pace="STEP")], {}, "还没申报；12 月 31 日前要创成国家卫生城市。"),
    "a rule to issue": ([things((SEP, 0), of=1, unit="次", title="出台办法", verb="出台", begun="起草", pace="STEP")], {}, "还没起草；12 月 31 日前要出台办法。"),
    "steps on their days": ([things((SEP, 5), of=8, unit="个小区", noun="小区", title="老旧小区", verb="改造", begun="动工", pace="STEP", steps=[("2020-08-31", 2), ("2020-10-31", 5)])], {}, "8 个小区改造了 5 个。按日子该到 25%，实际 62%。"),
    "steps, none yet": ([things((SEP, 0), of=8, unit="个小区", noun="小区", title="老旧小区", verb="改造", begun="动工", pace="STEP", steps=[("2020-10-31", 5)])], {}, "还没动工；12 月 31 日前要改造 8 个小区。"),
    "twelve schools": ([whole(*([(SEP, v)] if v is not None else []), key=k, title=f"{k}小") for k, v in enumerate((100, 100, 100, 100, 50, 50, 20, 0, 0, 0, None, None), 1)], {"counter": "所"}, "12 所里 4 所建成，3 所在做，3 所还没动工，2 所没有数据。按日子该到 74%，实际 43%。"),
    "twelve schools, all": ([whole((SEP, 100), key=k, title=f"{k}小") for k in range(1, 13)], {"counter": "所"}, "12 所全部建成。"),
    "twelve schools, none": ([whole((SEP, 0), key=k, title=f"{k}小") for k in range(1, 13)], {"counter": "所"}, "12 所都还没动工。按日子该到 74%，实际 0%。"),
    "five schools": ([whole((SEP, v), key=k, title=t) for k, (v, t) in enumerate(((100, "一小"), (60, "二小"), (60, "三小"), (0, "四小"), (100, "五小")), 1)], {"counter": "所"}, "一小、五小建成，二小、三小修到 60%，四小还没动工。按日子该到 74%，实际 64%。"),
    "stations, pipes and a stage": ([things((SEP, 3), of=10, unit="座", noun="站", title="污水站", verb="建成", begun="动工"), things((SEP, "12.5"), of=40, unit="公里", noun="管网", title="管网", verb="铺设", begun="动工", key=2), start((SEP, 0), key=3, title="验收")], {}, "10 座站建成 3 座，40 公里管网铺设了 12.5 公里，还没验收。按日子该到 49%，实际 20%。"),
    "a share and a quantity": ([whole((SEP, 60), title="主体"), things((SEP, 3), of=10, unit="台", noun="设备", title="设备", verb="安装", begun="安装", key=2)], {}, "主体修到 60%，10 台设备安装了 3 台。按日子该到 74%，实际 45%。"),
    "six quantities": ([things((SEP, k), of=10, unit="个", noun=f"点{k}", title=f"点{k}", verb="建成", begun="动工", key=k) for k in range(1, 7)], {}, "6 项都在做。按日子该到 74%，实际 35%。"),
    "a quantity past its day": ([things((SEP, 3), of=10, unit="座", noun="站", verb="建成", begun="动工", due_on="2020-08-31")], {}, "10 座站建成 3 座。该在 8 月 31 日办完，实际 30%（9 月 30 日的数据）。"),
    "people, past the year": ([things((SEP, 1200), of=3000, unit="名", noun="工人", verb="培训", begun="开班")], {"as_of": "2021-02-01"}, "3000 名工人培训了 1200 名。该在 2020 年 12 月 31 日办完，实际 40%（2020 年 9 月 30 日的数据）。"),
    "a whole never begun, past the year": ([whole((SEP, 0))], {"as_of": "2021-02-01"}, "还没动工（2020 年 9 月 30 日的数据），该在 2020 年 12 月 31 日办完。"),
    "two wholes, one unknown, past the year": ([whole((SEP, 40), title="东"), whole(title="西", key=2)], {"as_of": "2021-02-01"}, "东修到 40%，西没有数据。该在 2020 年 12 月 31 日办完，实际 20%（2020 年 9 月 30 日的数据）。"),
    "a title, past the year": ([things((SEP, 0), of=1, unit="次", title="创成国家卫生城市", verb="创成", begun="申报", pace="STEP")], {"as_of": "2021-02-01"}, "还没创成国家卫生城市（2020 年 9 月 30 日的数据），该在 2020 年 12 月 31 日办完。"),
    "a rank, past the year": ([things((SEP, 0), of=1, unit="次", title="进入全省前 10 名", verb="进入", begun="开始", pace="STEP")], {"as_of": "2021-02-01"}, "还没进入全省前 10 名（2020 年 9 月 30 日的数据），该在 2020 年 12 月 31 日办完。"),
    "a share to advance": ([whole((SEP, 40))], ADVANCE, "完成 40%，按日子该到 74%。"),
    "a share to advance, past the year": ([whole((SEP, 40))], ADVANCE | {"as_of": "2021-02-01"}, "完成 40%（2020 年 9 月 30 日的数据，之后没有再报）。市里说的是推进，没说做到多少。"),
    "all of what was to be advanced": ([things((SEP, 10), of=10, unit="座", noun="站", verb="建成")], ADVANCE, "10 座站全部建成。"),
    "nothing of what was to be advanced": ([things((SEP, 0), of=10, unit="座", noun="站", verb="建成", begun="动工")], ADVANCE | {"as_of": "2021-02-01"}, "10 座站还没动工（2020 年 9 月 30 日的数据，之后没有再报）。市里说的是推进，没说做到多少。"),
    "two quantities to advance": (STATIONS, ADVANCE | {"as_of": "2020-10-10"}, "10 座站建成 3 座，30 处小设施建成 10 处。按日子该到 66%，实际 31%。"),
    "a start past its day": ([start((SEP, 0), due_on="2020-08-31")], START, "说好 8 月 31 日前开工，没有开工（最近一次报：9 月 30 日）。"),
    "a late start": ([start((SEP, 1), due_on="2020-08-31")], START, "9 月 30 日开工建设，比期限晚了 30 天。"),
    "two starts": ([start((SEP, 1)), start((SEP, 0), key=2, title="二期开工")], START, "9 月 30 日开工建设，二期还没开工。"),
    "two starts past their day": ([start((SEP, 1), due_on="2020-08-31", title="一期开工"), start((SEP, 0), key=2, title="二期开工", due_on="2020-08-31")], START, "9 月 30 日一期开工，二期还没开工（9 月 30 日的数据），该在 8 月 31 日开工。"),
    "a quantity done late": ([things(("2021-01-20", 10), of=10, unit="座", noun="站", verb="建成")], {"as_of": "2021-02-01"}, "10 座站全部建成，比期限晚了 20 天。"),
    "one of three cut": ([whole((SEP, 100), title="经二路"), whole((SEP, 40), title="纬一路（大张段）", key=2), changed(whole((SEP, 10), key=3, title="北环路"), dropped=True)], {"kinds": MOVED}, "说好 3 项，取消 1 项（北环路）；经二路建成，纬一路修到 40%。按日子该到 74%，实际 70%。"),
    "a smaller target": ([changed(things((SEP, 6), of=10, unit="所", noun="学校", verb="建成"), amount=8)], {"kinds": MOVED}, "8 所学校建成 6 所。按日子该到 74%，实际 75%。目标从 10 所改成 8 所。"),
    "a smaller target, reached": ([changed(things((SEP, 8), of=10, unit="所", noun="学校", verb="建成"), amount=8)], {"kinds": MOVED}, "8 所学校全部建成。目标从 10 所改成 8 所。"),
    "a larger target": ([changed(things((SEP, 6), of=10, unit="所", noun="学校", verb="建成"), amount=12)], {"kinds": [ChangeKind.TIGHTENED]}, "12 所学校建成 6 所。按日子该到 74%，实际 50%。目标从 10 所改成 12 所。"),
    "moved and done": ([changed(whole(("2020-12-20", 100), due_on="2020-10-31"), due_on="2020-12-31")], {"kinds": MOVED, "as_of": "2020-12-25"}, "12 月 20 日建成。期限从 10 月 31 日推到 12 月 31 日。"),
    "moved and not begun": ([changed(whole((SEP, 0), due_on="2020-10-31"), due_on="2020-12-31")], {"kinds": MOVED}, "还没动工；12 月 31 日前要建成。按日子该到 74%。期限从 10 月 31 日推到 12 月 31 日。"),
    "one of two moved": ([changed(whole((SEP, 90), title="东"), due_on="2021-03-31"), whole((SEP, 90), title="西", key=2)], {"kinds": MOVED}, "东、西修到 90%。按日子该到 67%，实际 90%。有 1 项改过期限。"),
    "of a county": (STATIONS, ADVANCE | {"as_of": "2021-02-01", "series": COUNTY}, "10 座站建成 3 座，30 处小设施建成 10 处（2020 年 6 月 30 日的数据，之后没有再报）。县里说的是推进，没说做到多少。"),
    "kilometres, more": ([things((SEP, "62.5"), of=60, unit="公里", noun="路", title="路", verb="改造", begun="动工")], {}, "说好 60 公里路，改造 62.5 公里，多改造 2.5 公里。"),
    "doctors and teachers": ([things((SEP, 2), of=2, unit="名", noun="医生", title="医生", verb="引进", begun="招聘"), things((SEP, 0), of=5, unit="名", noun="教师", title="教师", verb="引进", begun="招聘", key=2)], {}, "2 名医生全部引进，5 名教师还没招聘。按日子该到 74%，实际 50%。"),
    "half a kilometre": ([things((SEP, "0.5"), of=3, unit="公里", noun="水渠", title="水渠", verb="修通", begun="动工")], {}, "3 公里水渠修通 0.5 公里。按日子该到 74%，实际 16%。"),
    "residents signed": ([things((SEP, 45000), of=60000, unit="人", noun="人", title="签约居民", verb="签约", begun="签约")], {}, "60000 人签约 45000 人。按日子该到 74%，实际 75%。"),
    "posts": ([things((SEP, 30), of=100, unit="个", noun="岗位", title="公益岗位", verb="开发", begun="开发")], {}, "100 个岗位开发了 30 个。按日子该到 74%，实际 30%。"),
    "things done, in neutral words": ([things((SEP, 1200), of=3000, unit="名", noun="工人")], {}, "3000 名工人里完成 1200 名。按日子该到 74%，实际 40%。"),
    "of a district": (STATIONS, ADVANCE | {"as_of": "2021-02-01", "series": DISTRICT}, "10 座站建成 3 座，30 处小设施建成 10 处（2020 年 6 月 30 日的数据，之后没有再报）。区里说的是推进，没说做到多少。"),
    "only the casting was promised, and it began": ([things(("2020-09-30", 1), of=1, unit="口", noun="铜钟", title="铜钟", verb="重铸", begun="化铜")], START, "9 月 30 日化铜。"),
    "a pier that was to begin, late": ([things(("2021-03-31", 3), of=1, unit="座", noun="码头", title="码头", verb="立起来", begun="打桩")], START | {"as_of": "2021-04-15"}, "2021 年 3 月 31 日打桩，比期限晚了 90 天。"),
    "two that were to begin": ([things((SEP, 1), of=1, unit="座", noun="桥", title="南桥", verb="建成", begun="动工"), things((SEP, 1), of=1, unit="座", noun="桥", title="北桥", verb="建成", begun="动工", key=2)], START | {"counter": "座"}, "2 座都动工了。"),
    "verbs that say that all is done": ([things((SEP, 8), of=8, unit="条", noun="救生船", verb="配齐")], {}, "8 条救生船全部配齐。"),
    "a single thing": ([things((SEP, 1), of=1, unit="口", noun="铜钟", verb="重铸", begun="化铜")], {}, "1 口铜钟重铸完。"),
    "nothing added to what there was": ([things((SEP, 3), of=10, unit="座", noun="站", verb="建成", from_amount=3)], {}, "10 座站原有 3 座，还没增加。按日子该到 82%，实际 30%。"),
    "moved, and later than was first said": ([changed(whole(("2021-05-20", 100)), due_on="2021-06-30")], {"kinds": MOVED, "as_of": "2021-06-01"}, "2021 年 5 月 20 日建成，比最初说的晚了 140 天。期限从 2020 年 12 月 31 日推到 2021 年 6 月 30 日。"),
    "the last of two late": ([whole(("2020-12-18", 100), title="东"), whole(("2021-08-25", 100), title="西", key=2)], {"as_of": "2021-09-01", "counter": "所"}, "2 所全部建成，最后一所比期限晚了 237 天。"),
    "cases": ([things((SEP, 40), of=90, unit="件", noun="案子", verb="办结")], {}, "90 件案子办结 40 件。按日子该到 74%，实际 44%。"),
}
# fmt: on


@pytest.mark.parametrize("kind", KINDS)
def test_the_sentence_of_every_kind_of_promise(kind):
    """docs/words.md: A promise in a sentence."""
    parts, about, told = KINDS[kind]
    assert commitment_sentence(promise(*parts, **about), year=2020) == told


def test_there_are_many_kinds():
    assert len(KINDS) >= 60
