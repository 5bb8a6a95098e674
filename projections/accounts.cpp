#include "projections/accounts.hpp"

#include "events/kernel/match.hpp"
#include "events/statuses.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

// Money goes from one of the shop's balances to another.
RowChange moved(const ShopId& shop, std::string_view from, std::string_view to, Money money) {
    return add(tables::accounts, {shop.value}, {{from, -money.ngwee}, {to, money.ngwee}});
}

Money sum_of(const std::vector<AccountLine>& lines) {
    Money sum;
    for (const AccountLine& line : lines) sum.ngwee += line.amount.ngwee;
    return sum;
}

Value line_ids(const std::vector<AccountLine>& lines) {
    std::vector<ItemId> ids;
    ids.reserve(lines.size());
    for (const AccountLine& line : lines) ids.push_back(line.item);
    return json_of(ids);
}

RowChange new_payout(const PayoutRequested& e) {
    return insert(
        tables::payouts,
        {{"id", e.payout.value},
         {"shop", e.shop.value},
         {"amount", amount(e.amount)},
         {"status", word(PayoutStatus::pending)},
         {"network", word(e.network)},
         {"phone", opened(e.phone)},
         {"masked", e.masked},
         {"lines", static_cast<std::int64_t>(e.lines.size())},
         {"line_ids", line_ids(e.lines)},
         {"attempts", std::int64_t{0}},
         {"provider_reference", e.provider_reference},
         {"created_at", e.at}}
    );
}

RowChanges requested(const PayoutRequested& e) {
    RowChanges out{moved(e.shop, "releasable", "in_payout", e.amount), new_payout(e)};
    for (const AccountLine& line : e.lines) {
        out.push_back(insert(
            tables::payout_lines,
            {{"payout", e.payout.value},
             {"item", line.item.value},
             {"order_id", line.order.value},
             {"shop", e.shop.value},
             {"amount", amount(line.amount)}}
        ));
    }
    return out;
}

RowChanges completed(const PayoutCompleted& e) {
    return {
        moved(e.shop, "in_payout", "paid_out", e.amount),
        patch(
            tables::payouts,
            {e.payout.value},
            {{"status", word(PayoutStatus::completed)},
             {"provider_transaction", e.provider_transaction},
             {"failure_code", Value{}},
             {"failure_message", Value{}},
             {"completed_at", e.at}}
        )
    };
}

RowChanges failed(const PayoutFailed& e) {
    return {
        moved(e.shop, "in_payout", "releasable", e.amount),
        patch(
            tables::payouts,
            {e.payout.value},
            {{"status", word(PayoutStatus::failed)},
             {"failure_code", e.failure.code},
             {"failure_message", e.failure.message},
             {"completed_at", e.at}}
        )
    };
}

RowChanges reversed(const PayoutReversed& e) {
    return {
        moved(e.shop, "paid_out", "releasable", e.amount),
        patch(
            tables::payouts,
            {e.payout.value},
            {{"status", word(PayoutStatus::reversed)},
             {"failure_code", e.failure.code},
             {"failure_message", e.failure.message},
             {"completed_at", e.at}}
        )
    };
}

// The money stays in payout until somebody decides; what is wrong is shown meanwhile.
RowChanges mismatched(const PayoutMismatched& e) {
    return {patch(
        tables::payouts,
        {e.payout.value},
        {{"failure_code", std::string{"AMOUNT_MISMATCH"}},
         {"failure_message", to_decimal(e.received) + " arrived instead"}}
    )};
}

RowChanges of_account(const AccountEvent& event) {
    return match(
        event,
        [](const FundsHeld& e) {
            return RowChanges{
                add(tables::accounts, {e.shop.value}, {{"held", sum_of(e.lines).ngwee}})
            };
        },
        [](const FundsReleased& e) {
            return RowChanges{moved(e.shop, "held", "releasable", sum_of(e.lines))};
        },
        [](const FundsCancelled& e) {
            return RowChanges{
                add(tables::accounts, {e.shop.value}, {{"held", -sum_of(e.lines).ngwee}})
            };
        },
        [](const PayoutRequested& e) { return requested(e); },
        [](const PayoutAccepted& e) {
            return RowChanges{patch(
                tables::payouts,
                {e.payout.value},
                {{"status", word(PayoutStatus::sent)}, {"sent_at", e.at}}
            )};
        },
        [](const PayoutCompleted& e) { return completed(e); },
        [](const PayoutFailed& e) { return failed(e); },
        [](const PayoutReversed& e) { return reversed(e); },
        [](const PayoutMismatched& e) { return mismatched(e); }
    );
}

// Which payout an effect is for stands in its id.
constexpr std::string_view payout_effect = "eff_payout_";

RowChanges of_effect(const EffectEvent& event) {
    return match(
        event,
        [](const EffectBegun& e) {
            if (e.kind != EffectKind::payout || !e.effect.value.starts_with(payout_effect)) {
                return RowChanges{};
            }
            return RowChanges{patch(
                tables::payouts,
                {e.effect.value.substr(payout_effect.size())},
                {{"attempts", e.attempt}}
            )};
        },
        [](const OneOf<EffectRequested, EffectDeferred, EffectFinished> auto&) {
            return RowChanges{};
        }
    );
}

RowChanges project(const EventMeta&, const AnyEvent& event) {
    if (const auto* account = std::get_if<AccountEvent>(&event)) return of_account(*account);
    if (const auto* effect = std::get_if<EffectEvent>(&event)) return of_effect(*effect);
    return {};
}

constexpr std::array own_tables{&tables::accounts, &tables::payouts, &tables::payout_lines};
constexpr std::array<std::string_view, 2> families{"account", "effect"};

}  // namespace

constinit const Projection accounts_projection{"accounts", own_tables, families, project};

}  // namespace pakashop::model
