#include "adapters/postgres/schedule_queue.hpp"

#include "adapters/postgres/pool.hpp"
#include "events/kernel/json.hpp"
#include "projections/schedule_due.hpp"

namespace pakashop::postgres {
namespace {

using enum model::ColumnType;
using model::Column;
using model::Row;

constexpr std::array due_columns{
    Column{"kind", text},
    Column{"subject", text},
    Column{"key", text},
    Column{"due_at", instant}
};
constexpr std::string_view due_sql = R"sql(
    SELECT kind, subject, key, due_at FROM schedule_due
    WHERE kind = $1 AND due_at <= $2::timestamptz ORDER BY due_at, subject LIMIT $3)sql";

constexpr std::array try_columns{
    Column{"order_id", text},
    Column{"try", text},
    Column{"held", json}
};
constexpr std::string_view tries_sql = R"sql(
    SELECT h.order_id, h.try,
        json_agg(json_build_object('product', h.product, 'quantity', h.quantity)
            ORDER BY h.product)
    FROM stock_holds h
    WHERE h.held_at < $1::timestamptz
        AND NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = h.order_id AND o.try = h.try)
    GROUP BY h.order_id, h.try ORDER BY min(h.held_at), h.order_id, h.try LIMIT $2)sql";

constexpr std::array shop_columns{Column{"shop", text}};
constexpr std::string_view shops_sql = R"sql(
    SELECT a.shop FROM accounts a JOIN shops s ON s.id = a.shop
    WHERE a.releasable > 0 AND s.status = 'ACTIVE' AND a.shop > $1
    ORDER BY a.shop LIMIT $2)sql";

constexpr std::array invoice_columns{Column{"id", text}, Column{"order_id", text}};
constexpr std::string_view invoices_sql = R"sql(
    SELECT id, order_id FROM invoices WHERE status = 'FAILED' AND retry_count >= 3
    ORDER BY created_at, id LIMIT $1)sql";

constexpr std::size_t connections_max = 2;

std::optional<DueTime> due_in(const Row& row) {
    const bool order = row.text("kind") == model::order_expiry;
    if (!order && row.text("kind") != model::payment_expiry) return std::nullopt;
    return DueTime{
        order ? DueTime::Kind::order_expiry : DueTime::Kind::payment_expiry,
        row.text("subject"),
        row.text("key"),
        row.instant("due_at").value_or(Instant{})
    };
}

std::optional<OpenTry> try_in(const Row& row) {
    auto held = from_json<std::vector<HeldUnits>>(row.json("held"));
    if (!held) return std::nullopt;
    return OpenTry{{row.text("order_id")}, {row.text("try")}, *std::move(held)};
}

std::optional<ShopId> shop_in(const Row& row) { return ShopId{row.text("shop")}; }

std::optional<ExhaustedInvoice> invoice_in(const Row& row) {
    return ExhaustedInvoice{{row.text("id")}, {row.text("order_id")}};
}

}  // namespace

class ScheduleQueue::Impl {
public:
    explicit Impl(std::string url) : pool{{std::move(url), "pakashop-schedule"}, connections_max} {}

    /// The query's rows, each through `read`; what it cannot read is left to a newer program.
    template <class Item>
    Result<std::vector<Item>, ReadFailure> ask(
        std::span<const Column> columns,
        std::string_view sql,
        const std::vector<model::Value>& params,
        std::optional<Item> (*read)(const Row&)
    ) {
        const auto rows = pool.with([&](pqxx::connection& connection) {
            pqxx::nontransaction work{connection};
            return rows_in(execute(work, sql, params), columns);
        });
        if (!rows) return unexpected{ReadFailure::unavailable};
        std::vector<Item> out;
        for (const Row& row : *rows) {
            if (auto item = read(row)) out.push_back(*std::move(item));
        }
        return out;
    }

private:
    ConnectionPool pool;
};

ScheduleQueue::ScheduleQueue(std::string url) : impl_{std::make_unique<Impl>(std::move(url))} {}
ScheduleQueue::~ScheduleQueue() = default;

Result<std::vector<DueTime>, ReadFailure>
ScheduleQueue::due(DueTime::Kind kind, Instant now, std::size_t limit) {
    const bool order = kind == DueTime::Kind::order_expiry;
    const std::string name{order ? model::order_expiry : model::payment_expiry};
    return impl_->ask(due_columns, due_sql, {name, now, static_cast<std::int64_t>(limit)}, due_in);
}

Result<std::vector<OpenTry>, ReadFailure>
ScheduleQueue::open_tries(Instant held_before, std::size_t limit) {
    return impl_->ask(
        try_columns, tries_sql, {held_before, static_cast<std::int64_t>(limit)}, try_in
    );
}

Result<std::vector<ShopId>, ReadFailure>
ScheduleQueue::shops_to_pay(const ShopId& after, std::size_t limit) {
    return impl_->ask(
        shop_columns, shops_sql, {after.value, static_cast<std::int64_t>(limit)}, shop_in
    );
}

Result<std::vector<ExhaustedInvoice>, ReadFailure> ScheduleQueue::exhausted_invoices(
    std::size_t limit
) {
    return impl_->ask(
        invoice_columns, invoices_sql, {static_cast<std::int64_t>(limit)}, invoice_in
    );
}

}  // namespace pakashop::postgres
