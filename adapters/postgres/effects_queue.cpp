#include "adapters/postgres/effects_queue.hpp"

#include <atomic>

#include "adapters/postgres/listener.hpp"
#include "adapters/postgres/pool.hpp"

namespace pakashop::postgres {
namespace {

using enum model::ColumnType;

constexpr std::array due_columns{
    model::Column{"effect", text},
    model::Column{"key", text},
    model::Column{"kind", text},
    model::Column{"subject", text},
};

// $1 kinds, $2 now, $3 how many, $4 until when. A lease lapses when its row has moved on. Leases
// that others commit meanwhile are not in this statement's snapshot, so the insert decides once
// more.
constexpr std::string_view lease_sql = R"sql(
    WITH due AS (
        SELECT e.effect, e.key, e.kind, e.subject, e.attempts, e.due_at FROM effects_due e
        WHERE e.kind = ANY($1::text[]) AND e.due_at <= $2::timestamptz
            AND (e.running_until IS NULL OR e.running_until <= $2::timestamptz)
            AND NOT EXISTS (SELECT 1 FROM effect_leases l
                WHERE l.effect = e.effect AND l.leased_until > $2::timestamptz
                    AND l.attempts = e.attempts AND l.due_at = e.due_at)
        ORDER BY e.due_at, e.effect LIMIT $3 FOR UPDATE SKIP LOCKED),
    leased AS (
        INSERT INTO effect_leases AS l (effect, leased_until, attempts, due_at)
        SELECT effect, $4::timestamptz, attempts, due_at FROM due
        ON CONFLICT (effect) DO UPDATE SET leased_until = excluded.leased_until,
            attempts = excluded.attempts, due_at = excluded.due_at
            WHERE l.leased_until <= $2::timestamptz OR l.attempts <> excluded.attempts
                OR l.due_at <> excluded.due_at
        RETURNING l.effect)
    SELECT effect, key, kind, subject FROM due JOIN leased USING (effect)
    ORDER BY due_at, effect)sql";

// Leases of effects that are finished.
constexpr std::string_view forget_sql = R"sql(
    DELETE FROM effect_leases l WHERE l.leased_until < $1::timestamptz - interval '1 hour'
        AND NOT EXISTS (SELECT 1 FROM effects_due e WHERE e.effect = l.effect))sql";

constexpr std::uint64_t calls_between_forgetting = 1'000;
constexpr std::size_t connections_max = 4;

std::string array_of(std::span<const EffectKind> kinds) {
    std::string array = "{";
    for (const EffectKind kind : kinds) {
        if (array.size() > 1) array += ',';
        array += name_of(kind);
    }
    return array + "}";
}

std::vector<DueEffect> effects_in(const std::vector<model::Row>& rows) {
    std::vector<DueEffect> out;
    for (const model::Row& row : rows) {
        const auto kind = enum_from_name<EffectKind>(row.text("kind"));
        if (!kind) continue;  // A newer program's; it will look after it.
        out.push_back({{row.text("effect")}, row.text("key"), *kind, row.text("subject")});
    }
    return out;
}

}  // namespace

class EffectsQueue::Impl {
public:
    explicit Impl(const std::string& url)
        : pool{{url, "pakashop-effects"}, connections_max}, listener{url, "effects_due"} {}

    ConnectionPool pool;
    Listener listener;
    std::atomic<std::uint64_t> calls{0};
};

EffectsQueue::EffectsQueue(std::string url) : impl_{std::make_unique<Impl>(url)} {}
EffectsQueue::~EffectsQueue() = default;

Result<std::vector<DueEffect>, ReadFailure> EffectsQueue::lease(
    std::span<const EffectKind> kinds,
    Instant now,
    std::size_t limit,
    Duration lease
) {
    const bool forget = ++impl_->calls % calls_between_forgetting == 0;
    auto effects = impl_->pool.with([&](pqxx::connection& connection) {
        pqxx::work work{connection};
        const auto rows = rows_in(
            execute(
                work,
                lease_sql,
                {array_of(kinds), now, static_cast<std::int64_t>(limit), now + lease}
            ),
            due_columns
        );
        if (forget) execute(work, forget_sql, {now});
        work.commit();
        return effects_in(rows);
    });
    if (!effects) return unexpected{ReadFailure::unavailable};
    return *std::move(effects);
}

void EffectsQueue::wait(Duration at_most) { impl_->listener.wait(at_most); }

void EffectsQueue::wake() { impl_->listener.wake(); }

}  // namespace pakashop::postgres
