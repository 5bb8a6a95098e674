#include "projections/settlement_lines.hpp"

#include "events/kernel/match.hpp"
#include "events/statuses.hpp"
#include "projections/cells.hpp"
#include "projections/tables.hpp"

namespace pakashop::model {
namespace {

RowChanges new_lines(const LinesHeld& e) {
    RowChanges out;
    for (const SettlementShare& line : e.lines) {
        out.push_back(insert(
            tables::settlement_lines,
            {{"item", line.item.value},
             {"order_id", e.order.value},
             {"shop", line.shop.value},
             {"gross", amount(line.gross)},
             {"platform_fee", amount(line.platform_fee)},
             {"vendor_amount", amount(line.vendor_amount)},
             {"status", word(SettlementStatus::held)},
             {"created_at", e.at},
             {"updated_at", e.at}}
        ));
    }
    return out;
}

// The same cells for every line the event names.
RowChanges on_lines(const std::vector<SettlementShare>& lines, Cells cells) {
    RowChanges out;
    out.reserve(lines.size());
    for (const SettlementShare& line : lines) {
        out.push_back(patch(tables::settlement_lines, {line.item.value}, cells));
    }
    return out;
}

RowChanges of_settlement(Instant at, const SettlementEvent& event) {
    using enum SettlementStatus;
    return match(
        event,
        [](const LinesHeld& e) { return new_lines(e); },
        [](const LinesReleased& e) {
            return on_lines(
                e.lines, {{"status", word(releasable)}, {"released_at", e.at}, {"updated_at", e.at}}
            );
        },
        [&](const LinesInPayout& e) {
            return on_lines(
                e.lines,
                {{"status", word(payout_pending)},
                 {"payout", e.payout.value},
                 {"reason", Value{}},
                 {"updated_at", at}}
            );
        },
        [&](const LinesPaidOut& e) {
            return on_lines(
                e.lines,
                {{"status", word(paid_out)}, {"payout", e.payout.value}, {"updated_at", at}}
            );
        },
        [&](const OneOf<LinesReturned, LinesReversed> auto& e) {
            return on_lines(
                e.lines,
                {{"status", word(releasable)},
                 {"payout", Value{}},
                 {"reason", e.reason},
                 {"updated_at", at}}
            );
        },
        [](const LinesCancelled& e) {
            return on_lines(e.lines, {{"status", word(cancelled)}, {"updated_at", e.at}});
        }
    );
}

RowChanges project(const EventMeta& meta, const AnyEvent& event) {
    if (const auto* lines = std::get_if<SettlementEvent>(&event)) {
        return of_settlement(meta.at, *lines);
    }
    return {};
}

constexpr std::array own_tables{&tables::settlement_lines};
constexpr std::array<std::string_view, 1> families{"settlement"};

}  // namespace

constinit const Projection settlement_lines_projection{
    "settlement_lines",
    own_tables,
    families,
    project
};

}  // namespace pakashop::model
