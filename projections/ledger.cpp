#include "projections/ledger.hpp"

#include <map>

#include "events/kernel/match.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

struct Posting {
    std::string_view debit;
    std::string_view credit;
    Money money;
};

// The postings of one event, numbered as they are added.
class Postings {
public:
    explicit Postings(const EventMeta& meta) : meta_{meta} {}

    Postings& about(Value order, Value shop, Value reference) {
        order_ = std::move(order);
        shop_ = std::move(shop);
        reference_ = std::move(reference);
        return *this;
    }
    Postings& add(const Posting& posting) {
        if (posting.money == Money{}) return *this;
        rows_.push_back(insert(
            tables::ledger,
            {{"partition", std::int64_t{meta_.partition}},
             {"seq", static_cast<std::int64_t>(meta_.seq)},
             {"index", std::int64_t{meta_.index}},
             {"posting", static_cast<std::int64_t>(rows_.size())},
             {"order_id", order_},
             {"shop", shop_},
             {"event_type", std::string{meta_.type}},
             {"reference", reference_},
             {"debit", std::string{posting.debit}},
             {"credit", std::string{posting.credit}},
             {"amount", amount(posting.money)},
             {"at", meta_.at}}
        ));
        return *this;
    }
    RowChanges done() { return std::move(rows_); }

private:
    const EventMeta& meta_;
    Value order_;
    Value shop_;
    Value reference_;
    RowChanges rows_;
};

template <class Receipt>
RowChanges received(const EventMeta& meta, const Receipt& e, Money money, std::string_view credit) {
    return Postings{meta}
        .about(e.order.value, Value{}, e.payment.value)
        .add({"captured", credit, money})
        .done();
}

// What had been taken for another amount leaves suspense first.
RowChanges captured(const EventMeta& meta, const PaymentCaptured& e) {
    return Postings{meta}
        .about(e.order.value, Value{}, e.payment.value)
        .add({"suspense", "captured", e.corrects.value_or(Money{})})
        .add({"captured", "held", e.amount})
        .done();
}

RowChanges of_payment(const EventMeta& meta, const PaymentEvent& event) {
    return match(
        event,
        [&](const PaymentCaptured& e) { return captured(meta, e); },
        [&](const LateCapture& e) { return received(meta, e, e.amount, "refund_payable"); },
        [&](const AmountMismatch& e) { return received(meta, e, e.received, "suspense"); },
        [](const OneOf<
            PaymentOpened,
            PaymentInitiated,
            PaymentPending,
            PaymentFailed,
            PaymentExpired,
            PaymentClosed,
            RefundOwed> auto&) { return RowChanges{}; }
    );
}

// What the lines of one shop come to.
struct Sum {
    Money gross;
    Money fee;
    Money vendor;
};

std::map<ShopId, Sum> by_shop(const std::vector<SettlementShare>& lines) {
    std::map<ShopId, Sum> sums;
    for (const SettlementShare& line : lines) {
        Sum& sum = sums[line.shop];
        sum.gross.ngwee += line.gross.ngwee;
        sum.fee.ngwee += line.platform_fee.ngwee;
        sum.vendor.ngwee += line.vendor_amount.ngwee;
    }
    return sums;
}

template <class Moved>
RowChanges vendor_moved(
    const EventMeta& meta,
    const Moved& e,
    std::string_view debit,
    std::string_view credit
) {
    Postings out{meta};
    for (const auto& [shop, sum] : by_shop(e.lines)) {
        out.about(e.order.value, shop.value, e.payout.value).add({debit, credit, sum.vendor});
    }
    return out.done();
}

RowChanges released(const EventMeta& meta, const LinesReleased& e) {
    Postings out{meta};
    for (const auto& [shop, sum] : by_shop(e.lines)) {
        out.about(e.order.value, shop.value, Value{})
            .add({"held", "releasable", sum.vendor})
            .add({"held", "platform_fees", sum.fee});
    }
    return out.done();
}

RowChanges cancelled(const EventMeta& meta, const LinesCancelled& e) {
    Postings out{meta};
    for (const auto& [shop, sum] : by_shop(e.lines)) {
        out.about(e.order.value, shop.value, Value{}).add({"held", "refund_payable", sum.gross});
    }
    return out.done();
}

RowChanges of_settlement(const EventMeta& meta, const SettlementEvent& event) {
    return match(
        event,
        [](const LinesHeld&) { return RowChanges{}; },
        [&](const LinesReleased& e) { return released(meta, e); },
        [&](const LinesInPayout& e) { return vendor_moved(meta, e, "releasable", "in_payout"); },
        [&](const LinesPaidOut& e) { return vendor_moved(meta, e, "in_payout", "paid_out"); },
        [&](const LinesReturned& e) { return vendor_moved(meta, e, "in_payout", "releasable"); },
        [&](const LinesReversed& e) { return vendor_moved(meta, e, "paid_out", "releasable"); },
        [&](const LinesCancelled& e) { return cancelled(meta, e); }
    );
}

RowChanges project(const EventMeta& meta, const AnyEvent& event) {
    if (const auto* payment = std::get_if<PaymentEvent>(&event)) return of_payment(meta, *payment);
    if (const auto* lines = std::get_if<SettlementEvent>(&event)) {
        return of_settlement(meta, *lines);
    }
    return {};
}

constexpr std::array own_tables{&tables::ledger};
constexpr std::array<std::string_view, 2> families{"payment", "settlement"};

}  // namespace

constinit const Projection ledger_projection{"ledger", own_tables, families, project};

constinit const std::string_view books_sql = R"sql(
    WITH posted AS (
        SELECT debit, credit, sum(amount)::bigint AS amount FROM ledger
        WHERE $1::timestamptz IS NULL OR at <= $1
        GROUP BY debit, credit),
    balances AS (
        SELECT account, sum(amount)::bigint AS balance FROM (
            SELECT credit AS account, amount FROM posted
            UNION ALL
            SELECT debit, -amount FROM posted) sides
        GROUP BY account),
    books AS (
        SELECT -coalesce(sum(balance) FILTER (WHERE account = 'captured'), 0)::bigint AS captured,
            coalesce(sum(balance) FILTER (WHERE account = 'held'), 0)::bigint AS held,
            coalesce(sum(balance) FILTER (WHERE account = 'releasable'), 0)::bigint AS releasable,
            coalesce(sum(balance) FILTER (WHERE account = 'in_payout'), 0)::bigint AS in_payout,
            coalesce(sum(balance) FILTER (WHERE account = 'paid_out'), 0)::bigint AS paid_out,
            coalesce(sum(balance) FILTER (WHERE account = 'platform_fees'), 0)::bigint
                AS platform_fees,
            coalesce(sum(balance) FILTER (WHERE account = 'delivery_fees'), 0)::bigint
                AS delivery_fees,
            coalesce(sum(balance) FILTER (WHERE account = 'refund_payable'), 0)::bigint
                AS refund_payable,
            coalesce(sum(balance) FILTER (WHERE account = 'refunded'), 0)::bigint AS refunded,
            coalesce(sum(balance) FILTER (WHERE account = 'suspense'), 0)::bigint AS suspense
        FROM balances),
    money AS (
        SELECT coalesce(sum(received), 0)::bigint AS captured,
            coalesce(sum(received) FILTER (WHERE late), 0)::bigint AS late,
            coalesce(sum(received) FILTER (WHERE status = 'UNKNOWN'), 0)::bigint AS suspense,
            count(DISTINCT order_id)::bigint AS orders
        FROM payments
        WHERE received IS NOT NULL AND ($1::timestamptz IS NULL OR settled_at <= $1)),
    lines AS (
        SELECT coalesce(sum(gross) FILTER (WHERE status = 'HELD'), 0)::bigint AS held,
            coalesce(sum(vendor_amount) FILTER (WHERE status = 'RELEASABLE'), 0)::bigint
                AS releasable,
            coalesce(sum(vendor_amount) FILTER (WHERE status = 'PAYOUT_PENDING'), 0)::bigint
                AS in_payout,
            coalesce(sum(vendor_amount) FILTER (WHERE status = 'PAID_OUT'), 0)::bigint AS paid_out,
            coalesce(sum(platform_fee) FILTER (
                WHERE status IN ('RELEASABLE', 'PAYOUT_PENDING', 'PAID_OUT')), 0)::bigint
                AS platform_fees,
            coalesce(sum(gross) FILTER (WHERE status = 'CANCELLED'), 0)::bigint AS cancelled,
            count(*)::bigint AS lines
        FROM settlement_lines WHERE $1::timestamptz IS NULL OR created_at <= $1)
    SELECT b.captured, b.held, b.releasable, b.in_payout, b.paid_out, b.platform_fees,
        b.delivery_fees, b.refund_payable, b.refunded, b.suspense,
        b.captured - b.held - b.releasable - b.in_payout - b.paid_out - b.platform_fees
            - b.delivery_fees - b.refund_payable - b.refunded - b.suspense AS difference,
        m.captured, l.held, l.releasable, l.in_payout, l.paid_out, l.platform_fees,
        l.cancelled + m.late, m.suspense, m.orders, l.lines
    FROM books b, money m, lines l)sql";

}  // namespace pakashop::model
