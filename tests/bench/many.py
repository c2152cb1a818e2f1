"""Very many hazards with their plans and latest events, made by PostgreSQL itself.

Spread over townships, sectors, states and four years, as a large city's ledger would be: most are
struck off, one in fifty is major, two thirds had a plan.
"""

from __future__ import annotations

import time

from sqlalchemy import Connection, text

from server.database import Database

TABLES = ("hazards", "plans", "events")

HAZARDS = """
INSERT INTO hazards (id, entity_id, version, head_hash, evidence_seq, created_at, updated_at,
    number, state, level, area_code, reporter_id, reporter_name, description, found_on, sector,
    site_id, site_name, spot, item, category, basis, needs_review, responsible_unit, supervisor,
    deadline, plan_approved, extensions, fixed_on_spot, finish_summary, finished_on,
    rectifier_name, acceptors, acceptor_ids, acceptance_opinion, accepted_on, closer_name,
    closed_on, listing, delisted, suspended, transferred, void_reason, latitude, longitude)
SELECT n, md5(n::text), 2, repeat('0', 64), 2, found, coalesce(closed, found), 'YH-141181-' || n,
    state, level, area, 1, '张三', '疏散通道堆放杂物，影响疏散，现场照片见附件' || n, found, sector,
    CASE WHEN n % 3 = 0 THEN 1 + n % 4 END, '演示单位' || n % 50000, '一层东侧', '', '消防设施', '',
    false, '演示餐馆', '安委办 李四', found + 20, state NOT IN ('reported', 'void', 'assigned'), 0,
    false, '', closed, '', '["李四"]', '[2]', '', closed, '', closed,
    CASE WHEN level = 'major' AND state = 'rectifying'
        THEN json_build_object('rank', CASE WHEN n % 7 = 0 THEN '省' ELSE '市' END,
            'supervisor_unit', '市安委办', 'deadline', '2026-12-31') END,
    false, false, false, '',
    -- Anywhere in the city, the same each time.
    36.94 + n * 7919 % 100003 * 3.6e-6, 111.36 + n * 104729 % 100019 * 5.7e-6
FROM (
    SELECT n, found, sector, level, area, state,
        CASE WHEN state = 'closed' THEN least(found + 1 + (n % 61)::int, DATE '2026-11-23') END
            AS closed
    FROM (
        SELECT n, DATE '2026-11-23' - ((:count - n) * 1461 / :count)::int AS found,
            (SELECT array_agg(code ORDER BY code) FROM sectors)[1 + n % 21] AS sector,
            CASE WHEN n / 20 % 50 = 0 THEN 'major' WHEN n / 20 % 50 = 1 THEN 'suspected_major'
                ELSE 'general' END AS level,
            (SELECT array_agg(code ORDER BY code) FROM areas WHERE kind = 'township')[1 + n % 16]
                AS area,
            CASE WHEN n % 20 < 16 THEN 'closed'
                WHEN n % 20 = 16 THEN 'rectifying' WHEN n % 20 = 17 THEN 'assigned'
                WHEN n % 20 = 18 THEN 'reported' ELSE 'void' END AS state
        FROM generate_series(CAST(1 AS bigint), :count) AS n
    ) AS made
) AS dated
"""

PLANS = """
INSERT INTO plans (event_id, hazard_id, current, submitted_by, person, unit, phone, measures,
    amount_yuan, source, deadline, contingency)
SELECT md5('plan' || id), id, true, 1, '赵六', '演示餐馆', '13800001234', '清空疏散通道，每日检查',
    CASE WHEN id % 4 = 0 THEN 0 ELSE id % 9000 END, '自筹', found_on + 20,
    CASE WHEN id % 9 = 0 THEN '无' ELSE '专人值守' END
FROM hazards WHERE plan_approved AND id % 5 > 0
"""

EVENTS = """
INSERT INTO events (id, hazard_id, seq, action, from_state, to_state, actor_id, actor_name,
    actor_role, at, data, request_hash, previous_hash, hash)
SELECT md5(step.action || hazards.id), hazards.id, step.seq, step.action, NULL, step.to_state, 1,
    '张三', 'grid_worker', to_char(step.day, 'YYYY-MM-DD') || 'T03:00:00.000000Z', '{}',
    repeat('0', 64), repeat('0', 64), repeat('0', 64)
FROM hazards, LATERAL (VALUES (1, 'report', 'reported', found_on),
    (2, 'close', state, coalesce(closed_on, found_on))) AS step (seq, action, to_state, day)
WHERE updated_at >= DATE '2026-10-01'
"""


SEEN_TO = "SELECT relallvisible >= relpages FROM pg_class WHERE oid = CAST(:table AS regclass)"


def fill(database: Database, count: int) -> None:
    """So many hazards in an otherwise seeded database, as one that autovacuum has seen to."""
    with database.writing() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))  # no foreign keys
        for statement in (HAZARDS, PLANS, EVENTS):
            session.execute(text(statement), {"count": count} if ":count" in statement else {})
    with database.glance() as connection:
        for table in TABLES:
            _see_to(connection, table)


def _see_to(connection: Connection, table: str) -> None:
    """Tell the planner of a table, and that every row can be seen by everybody. A background
    process that still looks at how things were before holds the second back."""
    for _ in range(50):
        connection.execute(text(f"VACUUM ANALYZE {table}"))
        if connection.scalar(text(SEEN_TO), {"table": table}):
            return
        time.sleep(0.2)
    raise RuntimeError(f"{table} is still looked at as it was")
