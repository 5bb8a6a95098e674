#include "aggregates/settlement.hpp"

#include <algorithm>

namespace pakashop {
namespace {

using Decision = Result<Settlement::Events, Settlement::Refusal>;
using Events = Settlement::Events;
using Line = Settlement::Line;
using Shared = Settlement::Shared;
using Shares = std::vector<SettlementShare>;

/// The fee is rounded, the shop gets the rest: together they are the line, to the ngwee (C-42).
SettlementShare share_of(const OrderLine& line) {
    const Money fee = line.line_total * line.commission;
    return {line.item, line.shop, line.line_total, fee, line.line_total - fee};
}

template <class Id>
bool contains(const std::vector<Id>& ids, const Id& id) {
    return std::ranges::find(ids, id) != ids.end();
}

template <class Wanted>
Shares shares_where(const Shared& shared, Wanted wanted) {
    Shares shares;
    for (const Line& line : shared.lines) {
        if (wanted(line)) shares.push_back(line.share);
    }
    return shares;
}

Shares held_of(const Shared& shared, const std::vector<ShopId>& shops) {
    return shares_where(shared, [&](const Line& line) {
        return line.status == SettlementStatus::held && contains(shops, line.share.shop);
    });
}

/// Those of the payout whose last one it is, and that stand there.
template <class Mark>
Shares shares_of(const Shared& shared, const Mark& c, SettlementStatus status) {
    return shares_where(shared, [&](const Line& line) {
        return line.status == status && line.payout == c.payout &&
               contains(c.items, line.share.item);
    });
}

Decision hold(const Settlement::Hold& c) {
    if (c.lines.empty()) return Events{};
    Shares shares;
    for (const OrderLine& line : c.lines) shares.push_back(share_of(line));
    return Events{LinesHeld{c.order, std::move(shares), c.now}};
}

Decision release(const Shared& shared, const Settlement::Release& c) {
    auto shares = held_of(shared, c.shops);
    if (shares.empty()) return Events{};
    return Events{LinesReleased{shared.order, std::move(shares), c.now}};
}

/// A line that came back from this very payout does not enter it again.
Decision mark_in_payout(const Shared& shared, const Settlement::MarkInPayout& c) {
    auto shares = shares_where(shared, [&](const Line& line) {
        return line.status == SettlementStatus::releasable && line.payout != c.payout &&
               contains(c.items, line.share.item);
    });
    if (shares.empty()) return Events{};
    return Events{LinesInPayout{shared.order, c.payout, std::move(shares)}};
}

Decision mark_paid_out(const Shared& shared, const Settlement::MarkPaidOut& c) {
    auto shares = shares_of(shared, c, SettlementStatus::payout_pending);
    if (shares.empty()) return Events{};
    return Events{LinesPaidOut{shared.order, c.payout, std::move(shares)}};
}

Decision mark_returned(const Shared& shared, const Settlement::MarkReturned& c) {
    auto shares = shares_of(shared, c, SettlementStatus::payout_pending);
    if (shares.empty()) return Events{};
    return Events{LinesReturned{shared.order, c.payout, std::move(shares), c.reason}};
}

Decision mark_reversed(const Shared& shared, const Settlement::MarkReversed& c) {
    auto shares = shares_of(shared, c, SettlementStatus::paid_out);
    if (shares.empty()) return Events{};
    return Events{LinesReversed{shared.order, c.payout, std::move(shares), c.reason}};
}

Decision cancel(const Shared& shared, const Settlement::Cancel& c) {
    auto shares = held_of(shared, c.shops);
    if (shares.empty()) return Events{};
    return Events{LinesCancelled{shared.order, std::move(shares), c.now}};
}

struct Move {
    SettlementStatus from;
    SettlementStatus to;
};

/// Moves the named lines, each of which has to stand where `decide` saw it.
void move_lines(
    Settlement::State& state,
    const Shares& shares,
    Move move,
    const PayoutId* payout = nullptr
) {
    auto& lines = expect<Shared>(state).lines;
    for (const SettlementShare& share : shares) {
        const auto line =
            std::ranges::find(lines, share.item, [](const Line& each) { return each.share.item; });
        if (line == lines.end() || line->status != move.from)
            throw CorruptStream{"a settlement line is not where its event says"};
        line->status = move.to;
        if (payout) line->payout = *payout;
    }
}

}  // namespace

auto Settlement::decide(const State& state, const Command& command) -> Result<Events, Refusal> {
    const auto* shared = std::get_if<Shared>(&state);
    const auto nothing = [] { return Decision{Events{}}; };
    return match(
        command,
        [&](const Hold& c) { return shared ? nothing() : hold(c); },
        [&](const Release& c) { return shared ? release(*shared, c) : nothing(); },
        [&](const MarkInPayout& c) { return shared ? mark_in_payout(*shared, c) : nothing(); },
        [&](const MarkPaidOut& c) { return shared ? mark_paid_out(*shared, c) : nothing(); },
        [&](const MarkReturned& c) { return shared ? mark_returned(*shared, c) : nothing(); },
        [&](const MarkReversed& c) { return shared ? mark_reversed(*shared, c) : nothing(); },
        [&](const Cancel& c) { return shared ? cancel(*shared, c) : nothing(); }
    );
}

auto Settlement::evolve(State state, const Event& event) -> State {
    using enum SettlementStatus;
    match(
        event,
        [&](const LinesHeld& e) {
            expect<Nothing>(state);
            Shared shared{e.order, {}};
            for (const auto& share : e.lines) shared.lines.push_back({share, held, std::nullopt});
            state = std::move(shared);
        },
        [&](const LinesReleased& e) { move_lines(state, e.lines, {held, releasable}); },
        [&](const LinesInPayout& e) {
            move_lines(state, e.lines, {releasable, payout_pending}, &e.payout);
        },
        [&](const LinesPaidOut& e) { move_lines(state, e.lines, {payout_pending, paid_out}); },
        [&](const LinesReturned& e) { move_lines(state, e.lines, {payout_pending, releasable}); },
        [&](const LinesReversed& e) { move_lines(state, e.lines, {paid_out, releasable}); },
        [&](const LinesCancelled& e) { move_lines(state, e.lines, {held, cancelled}); }
    );
    return state;
}

std::span<const Settlement::Line> Settlement::lines(const State& state) {
    const auto* shared = std::get_if<Shared>(&state);
    return shared ? std::span<const Line>{shared->lines} : std::span<const Line>{};
}

}  // namespace pakashop
