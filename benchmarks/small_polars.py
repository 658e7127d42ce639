"""The rules of `small_book/` as somebody would write them in Polars by hand: the rival of the columns engine.

Everything that `Columns.judge` says of an account, in columns of the same names, but no lists, which cost Polars more
than all else: `seat1` and `seat2` are the secondaries, and the next waves are those of this status. Nothing is read
from the rulebook.
"""

from __future__ import annotations

from collections.abc import Iterable

import polars as pl

# by precedence
STRATEGIES = (
    "recovery",
    "defence",
    "dependency_reduction",
    "repricing",
    "cost_to_serve_reduction",
    "relationship_broadening",
    "wallet_growth",
    "cross_sell",
    "maintenance",
    "managed_exit",
)
MEANS = ("cost_to_serve_reduction", "relationship_broadening")
ACCOMPANY = STRATEGIES[:8]
FOLLOW = {("recovery", "wallet_growth"), ("recovery", "cross_sell")}
FOLLOW |= {("dependency_reduction", "wallet_growth"), ("repricing", "wallet_growth")}
NEVER = {(name, "managed_exit") for name in STRATEGIES[:9] if name != "dependency_reduction"}
RUB = FOLLOW | NEVER | {("defence", name) for name in ("repricing", "wallet_growth", "cross_sell")}
RUB |= {(name, "maintenance") for name in ("relationship_broadening", "wallet_growth", "cross_sell")}
FORCED = ("loss-through-service-cost", "loss-through-price-and-terms", "dependence-first")
DEFAULTS = ("default-attractive-find-opportunity", "default-keep-as-is", "default-too-little-known")
STRATEGY = pl.Enum(STRATEGIES)
STATUS = pl.Enum(("primary", "secondary", "next_wave", "candidate", "blocked", "vetoed", "not_eligible"))
CELL = pl.Enum(("strategic", "star", "status", "streamline"))
LEVEL = pl.Enum(("advised", "screening", "hold", "do_not_pursue"))

BY_RANK = pl.lit(pl.Series(STRATEGIES[::-1], dtype=STRATEGY))

c = pl.col


def judge(accounts: pl.LazyFrame) -> pl.LazyFrame:
    """One row per account, in the same order."""
    known = measured(accounts)
    fired = ruled(concluded(known))
    chosen = seated(led(counted(fired)))
    return chosen.select(*NUMBERS, *WORDS, *RESULTS, *(c(f"fires.{rule}") for rule in RULES))


# measures and scores


def rounded(value: pl.Expr, decimals: int) -> pl.Expr:
    scale = 10.0**decimals
    return (value * scale + 0.5).floor() / scale


def over(left: pl.Expr, right: pl.Expr) -> pl.Expr:
    return pl.when(right != 0).then(left / right)


def rating(name: str) -> pl.Expr:
    return (c(name) - 1) * 25


def between(value: pl.Expr) -> pl.Expr:
    return value.clip(0, 100)


def measured(accounts: pl.LazyFrame) -> pl.LazyFrame:
    revenue, spend, rank, suppliers = (
        c(name) for name in ("annual_revenue", "category_spend", "our_rank", "supplier_count")
    )
    found = accounts.with_columns(
        trading=(revenue > 0) & c("account_status").is_in(["active", "ending"]),
        computed_share=rounded(pl.when(revenue <= spend).then(over(100 * revenue, spend)), 1),
        expected_share=rounded(
            pl.when((suppliers >= 2) & (rank <= suppliers)).then(100 * (1 - rank / (suppliers + 1)) * 2 / suppliers), 1
        ),
        line_penetration=rounded(
            pl.when(c("lines_bought") <= c("lines_relevant")).then(over(100 * c("lines_bought"), c("lines_relevant"))),
            1,
        ),
        op_margin=rounded(c("gross_margin_pct") - c("cost_to_serve_pct"), 1),
        cts_index=rounded(over(100 * c("cost_to_serve_pct"), c("firm_cost_to_serve_pct")), 1),
        bow_tie=(c("contact_concentration") >= 70) | (c("functions_in_contact") <= 2),
        rival_lead=rounded(c("competitor_relation") - c("trust_level"), 0),
    )
    found = scored(
        found,
        "attractiveness",
        {
            "potential": (25, between(50 * spend / 3_000_000)),
            "demand_growth": (15, between((c("customer_demand_growth") + 5) / 20 * 100)),
            "standing": (15, (rating("strategic_industry_position") + rating("influence_on_others")) / 2),
            "strategic_fit": (15, rating("strategic_fit")),
            "partner_willingness": (10, rating("partner_willingness")),
            "price_orientation": (10, (5 - c("price_orientation")) * 25),
            "financial_health": (10, rating("customer_financial_health")),
        },
    )
    found = scored(
        found,
        "relative_strength",
        {
            "solution_fit": (25, rating("solution_fit")),
            "delivery": (20, rating("delivery_performance")),
            "unique_value": (15, rating("unique_value")),
            "rank": (20, pl.when(rank.is_not_null()).then(rank.replace_strict({1: 100, 2: 60, 3: 30}, default=10))),
            "ties": (20, between(50 + 12.5 * (c("trust_level") - c("competitor_relation")))),
        },
    )
    return found.with_columns(share_of_wallet=pl.coalesce("share_of_wallet", "computed_share")).with_columns(
        share_gap=rounded(c("expected_share") - c("share_of_wallet"), 1)
    )


def scored(accounts: pl.LazyFrame, name: str, parts: dict[str, tuple[int, pl.Expr]]) -> pl.LazyFrame:
    """The mean of the parts that are known, if they are 60 of 100."""
    accounts = accounts.with_columns(value.alias(f"{name}/{part}") for part, (_, value) in parts.items())
    weight = pl.sum_horizontal(c(f"{name}/{part}").is_not_null() * each for part, (each, _) in parts.items())
    total = pl.sum_horizontal(c(f"{name}/{part}") * each for part, (each, _) in parts.items())
    accounts = accounts.with_columns((weight / 100).alias(f"coverage.{name}"), weight.alias(f"{name}/weight"))
    mean = pl.when(c(f"{name}/weight") >= 60).then(total / c(f"{name}/weight"))
    return accounts.with_columns(rounded(mean, 0).alias(name))


# positions and signals


def concluded(accounts: pl.LazyFrame) -> pl.LazyFrame:
    trading, attractive, strong = c("trading"), c("attractiveness") >= 50, c("relative_strength") >= 50
    cells = {
        "matrix-strategic": attractive & strong,
        "matrix-star": attractive & ~strong,
        "matrix-status": ~attractive & strong,
        "matrix-streamline": ~attractive & ~strong,
    }
    signals = {
        "lines-not-bought": trading & (c("line_penetration") <= 50) & (c("trust_level") >= 3),
        "demand-grows-and-we-can-supply": trading & (c("customer_demand_growth") >= 8) & (c("supply_capacity") >= 3),
        "first-supplier-in-consolidation": c("consolidation_plan").is_in(["rumoured", "announced"])
        & (c("our_rank") == 1)
        & (c("delivery_performance") >= 4),
        "exposure-by-revenue": trading & (c("revenue_share") >= 20),
        "exposure-by-own-investment": trading & (c("revenue_share") >= 10) & (c("account_specific_investment") >= 4),
        "contact-has-changed": c("key_contact_change"),
        "no-access-to-approval": c("economic_buyer_access") <= 2,
        "exit-repair-tried": c("repair_tried") == "both",
        "exit-cause-not-curable": (c("account_status") == "ending") & (c("loss_cause") == "not_curable"),
        "exit-conflict-of-direction": (c("strategic_fit") <= 2) & (c("conflict_other_accounts") >= 4),
        "not-first-in-consolidation": (c("consolidation_plan") == "announced") & (c("our_rank") >= 2),
        "rival-closer-than-we-are": c("rival_lead") >= 2,
    }
    accounts = accounts.with_columns(**{**cells, **signals})
    names = list(cells)
    return accounts.with_columns(
        matrix_cell=pl.coalesce(
            pl.when(c(rule)).then(pl.lit(cell, dtype=CELL))
            for rule, cell in zip(names, ("strategic", "star", "status", "streamline"), strict=True)
        ),
        cross_sell_room=c("lines-not-bought"),
        growing_demand=c("demand-grows-and-we-can-supply"),
        consolidation_winner=c("first-supplier-in-consolidation"),
        consolidation_cut=c("not-first-in-consolidation"),
        key_contact_left=c("contact-has-changed"),
        economic_buyer_unreached=c("no-access-to-approval"),
        exit_reason_confirmed=c("exit-repair-tried") | c("exit-cause-not-curable") | c("exit-conflict-of-direction"),
        rival_ties_deeper=c("rival-closer-than-we-are"),
        dependency_exposure=c("exposure-by-revenue") | c("exposure-by-own-investment"),
    ).with_columns(c(rule).fill_null(value=False).alias(f"fires.{rule}") for rule in (*cells, *signals))


# rules that vote and limit


def ruled(accounts: pl.LazyFrame) -> pl.LazyFrame:
    trading, cell, status = c("trading"), c("matrix_cell"), c("account_status")
    below = c("op_margin") < 0
    ending = status == "ending"
    unwanted = (c("attractiveness") < 40).fill_null(value=False)
    service = ((c("cts_index") >= 115) & (c("net_price_index") >= 95)).fill_null(value=False)
    holder = c("incumbency").is_in(["sole", "main"])
    stake = (c("revenue_share") >= 3) | (c("account_specific_investment") >= 3)
    rules = {
        "margin-below-floor-repair-economics": below,
        "satisfied-but-range-not-bought": c("cross_sell_room") & (c("satisfaction") >= 7) & ~unwanted,
        "range-not-bought-though-fit-is-good": c("cross_sell_room")
        & (c("satisfaction") >= 7)
        & (c("solution_fit") >= 4)
        & ~unwanted,
        "good-supplier-with-a-small-part": trading
        & (c("supplier_count") >= 2)
        & (c("share_of_wallet") <= 60)
        & (c("solution_fit") >= 4)
        & (c("delivery_performance") >= 4)
        & ~(c("share_gap") <= 0).fill_null(value=False),
        "grow-with-the-customer": c("growing_demand"),
        "gain-from-consolidation": c("consolidation_winner"),
        "loss-maker-after-repair": below & (c("repair_tried") == "both"),
        "leaving-for-curable-cause": ending & (c("loss_cause") == "curable"),
        "leaving-for-good": ending & (c("loss_cause") == "not_curable"),
        "leaving-for-unknown-cause": ending & c("loss_cause").is_null(),
        "works-against-us-and-others": (c("strategic_fit") <= 2) & (c("conflict_other_accounts") >= 4),
        "strategic-cell-invest": trading & ~ending & (cell == "strategic"),
        "star-cell-earn-position": cell == "star",
        "status-cell-maintain": trading & ~ending & (cell == "status"),
        "streamline-cell-keep-lean": trading & (cell == "streamline"),
        "single-thread-in-attractive-account": c("bow_tie") & cell.is_in(["strategic", "star"]),
        "key-contact-gone-rebuild": c("key_contact_left"),
        "economic-buyer-out-of-reach": c("economic_buyer_unreached"),
        "single-thread-in-status-account": c("bow_tie") & (cell == "status"),
        "central-buying-we-stay-local": (c("centralisation") >= 4) & (c("highest_level") <= 3),
        "rival-closer-build-ties": c("rival_ties_deeper"),
        "open-issue-repair-first": trading & (c("open_critical_issues") >= 1),
        "severe-failure-repair": trading & ((c("open_critical_issues") >= 3) | (c("satisfaction") <= 4)),
        "exposure-reduce-dependency": c("dependency_exposure"),
        "tender-soon-hold-terms": (c("months_to_tender") <= 6) & holder,
        "outside-risk-and-stake-matters": trading & (c("external_risk") >= 4) & stake,
        "cut-in-consolidation-defend": c("consolidation_cut"),
        "compliance-hold": c("compliance_flag"),
        "not-trading-nothing-in-hand": ~trading,
        "never-lost-no-recovery": ~trading & ~status.is_in(["lost", "dormant"]),
        "open-issues-block-growth": c("open_critical_issues") >= 3,
        "tight-supply-blocks-volume": c("supply_capacity") <= 2,
        "critical-share-blocks-volume": c("revenue_share") >= 20,
        "margin-below-floor-blocks-holding": below,
        "incurable-loss-blocks-recovery": status.is_in(["ending", "lost"]) & (c("loss_cause") == "not_curable"),
        "no-reason-blocks-exit": ~c("exit_reason_confirmed").fill_null(value=False),
        "ending-blocks-building": ending,
        "loss-through-service-cost": trading & below & (c("cts_index") >= 115) & (c("net_price_index") >= 95),
        "loss-through-price-and-terms": trading & below & ~service,
        "dependence-first": trading & (c("revenue_share") >= 30),
        "dependency-takes-a-seat": c("dependency_exposure"),
        "default-attractive-find-opportunity": trading & cell.is_in(["strategic", "star"]),
        "default-keep-as-is": trading,
        "default-too-little-known": pl.lit(value=True),
    }
    return accounts.with_columns(rule.fill_null(value=False).alias(f"fires.{name}") for name, rule in rules.items())


def fires(rule: str) -> pl.Expr:
    return c(f"fires.{rule}")


def counted(accounts: pl.LazyFrame) -> pl.LazyFrame:
    """Points, and what may not be chosen."""
    points = {
        "recovery": 3 * fires("leaving-for-curable-cause")
        - fires("streamline-cell-keep-lean").cast(pl.Int32)
        + 3 * fires("open-issue-repair-first")
        + 2 * fires("severe-failure-repair"),
        "defence": 2 * fires("leaving-for-curable-cause")
        + 3 * fires("leaving-for-unknown-cause")
        + 1 * fires("status-cell-maintain")
        + 2 * fires("tender-soon-hold-terms")
        + 2 * fires("cut-in-consolidation-defend"),
        "dependency_reduction": 2 * fires("leaving-for-good")
        + 3 * fires("exposure-reduce-dependency")
        + 2 * fires("outside-risk-and-stake-matters"),
        "repricing": 3 * fires("margin-below-floor-repair-economics")
        - 2 * fires("loss-maker-after-repair")
        - 2 * fires("tender-soon-hold-terms"),
        "cost_to_serve_reduction": 2 * fires("margin-below-floor-repair-economics")
        - 2 * fires("loss-maker-after-repair")
        + 1 * fires("streamline-cell-keep-lean"),
        "relationship_broadening": 1 * fires("strategic-cell-invest")
        + 1 * fires("star-cell-earn-position")
        - 1 * fires("streamline-cell-keep-lean")
        + 3 * fires("single-thread-in-attractive-account")
        + 2 * fires("key-contact-gone-rebuild")
        + 1 * fires("economic-buyer-out-of-reach")
        + 1 * fires("single-thread-in-status-account")
        + 1 * fires("central-buying-we-stay-local")
        + 1 * fires("rival-closer-build-ties"),
        "wallet_growth": -2 * fires("margin-below-floor-repair-economics")
        + 1 * fires("good-supplier-with-a-small-part")
        + 1 * fires("grow-with-the-customer")
        + 2 * fires("gain-from-consolidation")
        - 2 * fires("works-against-us-and-others")
        + 1 * fires("strategic-cell-invest")
        + 1 * fires("star-cell-earn-position")
        - 1 * fires("open-issue-repair-first")
        - 2 * fires("exposure-reduce-dependency"),
        "cross_sell": -1 * fires("margin-below-floor-repair-economics")
        + 2 * fires("satisfied-but-range-not-bought")
        + 1 * fires("range-not-bought-though-fit-is-good")
        + 1 * fires("strategic-cell-invest")
        + 1 * fires("status-cell-maintain")
        - 2 * fires("open-issue-repair-first"),
        "maintenance": -2 * fires("strategic-cell-invest")
        - 1 * fires("star-cell-earn-position")
        + 3 * fires("status-cell-maintain")
        + 3 * fires("streamline-cell-keep-lean"),
        "managed_exit": 4 * fires("loss-maker-after-repair")
        + 4 * fires("leaving-for-good")
        + 3 * fires("works-against-us-and-others")
        - 3 * fires("strategic-cell-invest"),
    }
    never = pl.lit(value=False)
    blocked = {
        "recovery": fires("incurable-loss-blocks-recovery"),
        "defence": fires("margin-below-floor-blocks-holding"),
        "wallet_growth": fires("open-issues-block-growth")
        | fires("tight-supply-blocks-volume")
        | fires("critical-share-blocks-volume")
        | fires("margin-below-floor-blocks-holding")
        | fires("ending-blocks-building"),
        "cross_sell": fires("open-issues-block-growth") | fires("ending-blocks-building"),
        "maintenance": fires("margin-below-floor-blocks-holding") | fires("ending-blocks-building"),
        "managed_exit": fires("no-reason-blocks-exit"),
    }
    barred = dict.fromkeys(STRATEGIES, fires("not-trading-nothing-in-hand"))
    barred |= {"recovery": fires("never-lost-no-recovery"), "relationship_broadening": never}
    return (
        accounts.with_columns(
            *(points[name].cast(pl.Int32).alias(f"points.{name}") for name in STRATEGIES),
            *(blocked.get(name, never).alias(f"blocked.{name}") for name in STRATEGIES),
            *(barred[name].alias(f"barred.{name}") for name in STRATEGIES),
        )
        .with_columns((~(c(f"blocked.{name}") | c(f"barred.{name}"))).alias(f"open.{name}") for name in STRATEGIES)
        .with_columns((c(f"open.{name}") & (c(f"points.{name}") >= 3)).alias(f"free.{name}") for name in STRATEGIES)
    )


# the choice


def strategy(name: str) -> pl.Expr:
    return pl.lit(name, dtype=STRATEGY)


def best(names: dict[str, pl.Expr]) -> pl.Expr:
    """The most points, a means counting two less beside a direction; the first by precedence."""
    beside = pl.any_horizontal(names[name] for name in STRATEGIES if name not in MEANS).cast(pl.Int32)
    return highest(names, {name: c(f"points.{name}") - (2 * beside if name in MEANS else 0) for name in STRATEGIES})


def highest(names: dict[str, pl.Expr], points: dict[str, pl.Expr]) -> pl.Expr:
    """The one with the most points, which are not below zero; the first by precedence."""
    places = {name: len(STRATEGIES) - 1 - place for place, name in enumerate(STRATEGIES)}
    ranks = (pl.when(wanted).then(16 * points[name] + places[name]) for name, wanted in names.items())
    return BY_RANK.gather(pl.max_horizontal(ranks) % 16)


def first(rules: Iterable[str]) -> pl.Expr:
    names = tuple(rules)
    return pl.coalesce(pl.when(fires(name)).then(pl.lit(name, dtype=pl.Enum(names))) for name in names)


def led(accounts: pl.LazyFrame) -> pl.LazyFrame:
    """The primary: the winner of the votes, unless a rule forces another; where nothing leads, the default."""
    free = {name: c(f"free.{name}") for name in STRATEGIES}
    winner = c("winner")
    forcing = {
        "loss-through-service-cost": ("cost_to_serve_reduction", ["managed_exit", "cost_to_serve_reduction"]),
        "loss-through-price-and-terms": ("repricing", ["managed_exit", "repricing"]),
        "dependence-first": ("dependency_reduction", ["dependency_reduction"]),
    }
    content = {rule: winner.is_in(names).fill_null(value=False) for rule, (_, names) in forcing.items()}
    decides = {rule: fires(rule) & (content[rule] | c(f"open.{name}")) for rule, (name, _) in forcing.items()}
    accounts = accounts.with_columns(
        winner=best(free), limited=pl.when(fires("compliance-hold")).then(pl.lit("compliance-hold"))
    ).with_columns(
        forced=pl.coalesce(pl.when(decides[rule]).then(pl.lit(rule, dtype=pl.Enum(FORCED))) for rule in FORCED)
    )
    forced = c("forced")
    accounts = accounts.with_columns(
        lead=pl.coalesce(
            *(pl.when((forced == rule) & ~content[rule]).then(strategy(name)) for rule, (name, _) in forcing.items()),
            "winner",
        )
    ).with_columns(spoken=pl.when(c("lead").is_null()).then(first(DEFAULTS)))
    before_wallet = pl.coalesce(
        pl.when(free[name]).then(strategy(name)) for name in ("recovery", "dependency_reduction", "repricing")
    )
    moving = forced.is_null() & c("spoken").is_null()
    accounts = accounts.with_columns(
        lead=pl.coalesce(
            pl.when(c("spoken") == DEFAULTS[0]).then(strategy("relationship_broadening")),
            pl.when(c("spoken") == DEFAULTS[1]).then(strategy("maintenance")),
            pl.when(moving & (c("lead") == "wallet_growth")).then(before_wallet),
            pl.when(moving & (c("lead") == "cross_sell") & free["recovery"]).then(strategy("recovery")),
            "lead",
        )
    ).with_columns(advised=c("limited").is_null() & c("lead").is_not_null())
    advised = c("advised")
    return accounts.with_columns(
        primary=pl.when(advised).then("lead"),
        free_winner=pl.when(advised).then(winner),
        forced=pl.when(advised).then(forced),
        default=pl.when(advised).then("spoken"),
        level=pl.when(c("limited").is_not_null())
        .then(pl.lit("hold", dtype=LEVEL))
        .when(advised)
        .then(pl.lit("advised", dtype=LEVEL))
        .otherwise(pl.lit("screening", dtype=LEVEL)),
        level_rule=pl.coalesce("limited", pl.when(~advised).then(c("spoken").cast(pl.String))),
    ).with_columns(
        forced_by=pl.when(c("free_winner").ne_missing(c("primary"))).then("forced"),
        upheld_by=pl.when(c("free_winner").eq_missing(c("primary"))).then("forced"),
    )


def beside(name: str, pairs: set[tuple[str, str]]) -> pl.Expr:
    """Whether a strategy stands in a relation to the primary."""
    others = [other for other in STRATEGIES if (name, other) in pairs or (other, name) in pairs]
    return c("primary").is_in(others).fill_null(value=False) if others else pl.lit(value=False)


def goes_with(name: str, seat: str) -> pl.Expr:
    """Whether a strategy may be chosen beside what has taken a seat."""
    pairs = FOLLOW | NEVER
    others = [each for each in STRATEGIES if (name, each) in pairs or (each, name) in pairs]
    return ~c(seat).is_in([name, *others]).fill_null(value=False)


def seated(accounts: pl.LazyFrame) -> pl.LazyFrame:
    """What waits for its turn, the secondaries in two seats, the runner-up, and how each strategy stands."""
    primary, advised = c("primary"), c("advised")
    gave_way = (c("forced") == "dependence-first").fill_null(value=False)
    accounts = accounts.with_columns(
        *(
            (
                advised
                & primary.ne_missing(strategy(name))
                & (
                    ((c(f"points.{name}") >= 3) & ~c(f"barred.{name}") & (c(f"blocked.{name}") | beside(name, FOLLOW)))
                    | (gave_way & c("winner").eq_missing(strategy(name)))
                )
            ).alias(f"waits.{name}")
            for name in STRATEGIES
        ),
        *(
            (advised & c(f"open.{name}") & primary.ne_missing(strategy(name)) & ~beside(name, NEVER)).alias(
                f"fits.{name}"
            )
            for name in ACCOMPANY
        ),
    ).with_columns(
        (c(f"fits.{name}") & (c(f"points.{name}") >= 2) & ~beside(name, RUB) & ~c(f"waits.{name}")).alias(
            f"wanted.{name}"
        )
        for name in ACCOMPANY
    )
    # a seat by rule: the partner of a forced primary, then the dependence
    due = fires("dependency-takes-a-seat") & c("fits.dependency_reduction")
    partner = pl.coalesce(
        pl.when((c("forced") == FORCED[0]) & c("fits.repricing")).then(strategy("repricing")),
        pl.when((c("forced") == FORCED[1]) & c("fits.cost_to_serve_reduction")).then(
            strategy("cost_to_serve_reduction")
        ),
    )
    accounts = (
        accounts.with_columns(seat1=partner)
        .with_columns(
            seat1=pl.coalesce("seat1", pl.when(due).then(strategy("dependency_reduction"))),
            seat2=pl.when(c("seat1").is_not_null() & due).then(strategy("dependency_reduction")),
        )
        .with_columns(ruled1=c("seat1").is_not_null())
    )
    wanted = {name: c(f"wanted.{name}") for name in ACCOMPANY}
    accounts = accounts.with_columns(seat1=pl.coalesce("seat1", most(wanted)))
    left = {name: wanted[name] & goes_with(name, "seat1") for name in ACCOMPANY}
    accounts = accounts.with_columns(
        seat2=pl.when(c("seat1").is_not_null()).then(pl.coalesce("seat2", most(left)))
    ).with_columns(
        (c("seat1").eq_missing(strategy(name)) | c("seat2").eq_missing(strategy(name))).alias(f"chosen.{name}")
        for name in STRATEGIES
    )
    rest = {name: c(f"free.{name}") & primary.ne_missing(strategy(name)) & ~c(f"chosen.{name}") for name in STRATEGIES}
    return accounts.with_columns(
        runner_up=pl.when(advised).then(best(rest)),
        **{f"waits.{name}": c(f"waits.{name}") & ~c(f"chosen.{name}") for name in STRATEGIES},
    ).with_columns(
        **{f"status.{name}": status(name) for name in STRATEGIES},
    )


def most(wanted: dict[str, pl.Expr]) -> pl.Expr:
    return highest(wanted, {name: c(f"points.{name}") for name in wanted})


def status(name: str) -> pl.Expr:
    return pl.coalesce(
        pl.when(c("primary").eq_missing(strategy(name))).then(pl.lit("primary", dtype=STATUS)),
        pl.when(c(f"chosen.{name}")).then(pl.lit("secondary", dtype=STATUS)),
        pl.when(c(f"waits.{name}")).then(pl.lit("next_wave", dtype=STATUS)),
        pl.when(c(f"barred.{name}")).then(pl.lit("not_eligible", dtype=STATUS)),
        pl.when(c(f"blocked.{name}")).then(pl.lit("blocked", dtype=STATUS)),
        pl.lit("candidate", dtype=STATUS),
    )


NUMBERS = (
    "computed_share",
    "expected_share",
    "share_gap",
    "line_penetration",
    "op_margin",
    "cts_index",
    "rival_lead",
    "share_of_wallet",
    "attractiveness",
    "relative_strength",
    "coverage.attractiveness",
    "coverage.relative_strength",
)
WORDS = (
    "trading",
    "bow_tie",
    "matrix_cell",
    "cross_sell_room",
    "growing_demand",
    "consolidation_winner",
    "consolidation_cut",
    "key_contact_left",
    "economic_buyer_unreached",
    "exit_reason_confirmed",
    "rival_ties_deeper",
    "dependency_exposure",
)
RESULTS = (
    "level",
    "level_rule",
    "primary",
    "seat1",
    "seat2",
    "runner_up",
    "free_winner",
    "forced_by",
    "upheld_by",
    "default",
    *(f"points.{name}" for name in STRATEGIES),
    *(f"status.{name}" for name in STRATEGIES),
)
RULES = (
    *("matrix-strategic", "matrix-star", "matrix-status", "matrix-streamline"),
    *("lines-not-bought", "demand-grows-and-we-can-supply", "first-supplier-in-consolidation"),
    *("exposure-by-revenue", "exposure-by-own-investment", "contact-has-changed", "no-access-to-approval"),
    *("exit-repair-tried", "exit-cause-not-curable", "exit-conflict-of-direction", "not-first-in-consolidation"),
    *("rival-closer-than-we-are", "margin-below-floor-repair-economics", "satisfied-but-range-not-bought"),
    *("range-not-bought-though-fit-is-good", "good-supplier-with-a-small-part", "grow-with-the-customer"),
    *("gain-from-consolidation", "loss-maker-after-repair", "leaving-for-curable-cause", "leaving-for-good"),
    *("leaving-for-unknown-cause", "works-against-us-and-others", "strategic-cell-invest", "star-cell-earn-position"),
    *("status-cell-maintain", "streamline-cell-keep-lean", "single-thread-in-attractive-account"),
    *("key-contact-gone-rebuild", "economic-buyer-out-of-reach", "single-thread-in-status-account"),
    *("central-buying-we-stay-local", "rival-closer-build-ties", "open-issue-repair-first", "severe-failure-repair"),
    *("exposure-reduce-dependency", "tender-soon-hold-terms", "outside-risk-and-stake-matters"),
    *("cut-in-consolidation-defend", "compliance-hold", "not-trading-nothing-in-hand", "never-lost-no-recovery"),
    *("open-issues-block-growth", "tight-supply-blocks-volume", "critical-share-blocks-volume"),
    *("margin-below-floor-blocks-holding", "incurable-loss-blocks-recovery", "no-reason-blocks-exit"),
    *("ending-blocks-building", *FORCED, "dependency-takes-a-seat", *DEFAULTS),
)
