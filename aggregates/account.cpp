#include "aggregates/account.hpp"

#include <algorithm>
#include <set>
#include <string_view>

#include "aggregates/provider_reference.hpp"

namespace pakashop {
namespace {

using State = Account::State;
using Events = Account::Events;

Money sum_of(const State& state, SettlementStatus status) {
    Money sum;
    for (const auto& [item, line] : state.lines) {
        if (line.status == status) sum = sum + line.amount;
    }
    return sum;
}

// True the first time an item is met: no list of lines counts one twice.
bool first_time(std::set<std::string_view>& met, const AccountLine& line) {
    return met.insert(line.item.value).second;
}

// Here, or paid out so lately that it may come back.
bool is_known(const State& state, const ItemId& item) {
    if (state.lines.contains(item.value)) return true;
    return std::ranges::any_of(state.completed, [&](const Account::Completed& each) {
        return std::ranges::find(each.lines, item, &AccountLine::item) != each.lines.end();
    });
}

Events note_held(const State& state, const Account::NoteHeld& c) {
    std::set<std::string_view> met;
    std::vector<AccountLine> fresh;
    for (const AccountLine& line : c.lines) {
        if (!is_known(state, line.item) && first_time(met, line)) fresh.push_back(line);
    }
    if (fresh.empty()) return {};
    return {FundsHeld{c.shop, c.order, std::move(fresh)}};
}

// Those of the lines that are held, with the amounts they were noted with.
std::vector<AccountLine> held_among(const State& state, const std::vector<AccountLine>& lines) {
    std::set<std::string_view> met;
    std::vector<AccountLine> held;
    for (const AccountLine& line : lines) {
        const auto found = state.lines.find(line.item.value);
        if (found == state.lines.end() || found->second.status != SettlementStatus::held) continue;
        if (!first_time(met, line)) continue;
        held.push_back({found->second.order, line.item, found->second.amount});
    }
    return held;
}

Events release(const State& state, const Account::Release& c) {
    auto lines = held_among(state, c.lines);
    if (lines.empty()) return {};
    return {FundsReleased{state.shop, c.order, std::move(lines)}};
}

Events cancel_held(const State& state, const Account::CancelHeld& c) {
    auto lines = held_among(state, c.lines);
    if (lines.empty()) return {};
    return {FundsCancelled{state.shop, c.order, std::move(lines)}};
}

// What one payout would contain. Lines that do not fit beside the older ones wait for the next.
struct Batch {
    std::vector<AccountLine> lines;
    Money amount;
};
Batch next_batch(const State& state) {
    Batch batch;
    for (const ItemId& item : state.releasable_items) {
        if (batch.lines.size() == payout_lines_max) break;
        const Account::Line& line = state.lines.at(item.value);
        if (batch.amount + line.amount > payout_amount_max) continue;
        batch.lines.push_back({line.order, item, line.amount});
        batch.amount = batch.amount + line.amount;
    }
    return batch;
}

Events request_payout(const State& state, const Account::RequestPayout& c) {
    auto [lines, amount] = next_batch(state);
    if (amount <= Money{}) return {};
    const auto number = static_cast<std::uint64_t>(state.payouts_made) + 1;
    const PayoutId payout{child_id("pot", state.shop.value, number)};
    return {PayoutRequested{
        .payout = payout,
        .shop = state.shop,
        .amount = amount,
        .lines = std::move(lines),
        .network = c.network,
        .phone = c.phone,
        .masked = c.masked,
        .provider_reference = provider_reference(payout),
        .at = c.now,
        .mover = c.mover
    }};
}

const Account::Payout* under_way(const State& state, const PayoutId& payout) {
    const auto found = state.payouts.find(payout.value);
    return found == state.payouts.end() ? nullptr : &found->second;
}

Events record_accepted(const State& state, const Account::RecordAccepted& c) {
    const auto* payout = under_way(state, c.payout);
    if (!payout || payout->status != PayoutStatus::pending) return {};
    return {PayoutAccepted{c.payout, c.now}};
}

Events record_mismatch(
    const State& state,
    const Account::Payout& payout,
    const Account::RecordCompleted& c
) {
    if (payout.mismatched == c.amount) return {};
    return {PayoutMismatched{
        c.payout, state.shop, payout.amount, c.amount, c.provider_transaction, c.now
    }};
}

Events record_completed(const State& state, const Account::RecordCompleted& c) {
    const auto* payout = under_way(state, c.payout);
    if (!payout) return {};
    if (payout->amount != c.amount) return record_mismatch(state, *payout, c);
    return {PayoutCompleted{
        .payout = c.payout,
        .shop = state.shop,
        .amount = c.amount,
        .lines = payout->lines,
        .provider_transaction = c.provider_transaction,
        .at = c.now
    }};
}

Events reverse(const State& state, const Account::RecordFailed& c) {
    const auto arrived = std::ranges::find(state.completed, c.payout, &Account::Completed::payout);
    if (arrived == state.completed.end()) return {};
    return {PayoutReversed{
        .payout = c.payout,
        .shop = state.shop,
        .amount = arrived->amount,
        .lines = arrived->lines,
        .failure = c.failure,
        .at = c.now
    }};
}

Events record_failed(const State& state, const Account::RecordFailed& c) {
    const auto* payout = under_way(state, c.payout);
    if (!payout) return reverse(state, c);
    return {PayoutFailed{
        .payout = c.payout,
        .shop = state.shop,
        .amount = payout->amount,
        .lines = payout->lines,
        .failure = c.failure,
        .at = c.now
    }};
}

// The line as an event needs it to be.
Account::Line& line_in(State& state, const AccountLine& line, SettlementStatus wanted) {
    const auto found = state.lines.find(line.item.value);
    if (found == state.lines.end() || found->second.status != wanted)
        throw CorruptStream{"an account line is not where its event needs it"};
    return found->second;
}

void move_lines(
    State& state,
    const std::vector<AccountLine>& lines,
    SettlementStatus from,
    SettlementStatus to
) {
    for (const AccountLine& line : lines) {
        line_in(state, line, from).status = to;
        if (to == SettlementStatus::releasable) state.releasable_items.push_back(line.item);
    }
    if (from != SettlementStatus::releasable) return;
    std::erase_if(state.releasable_items, [&](const ItemId& item) {
        return state.lines.at(item.value).status != SettlementStatus::releasable;
    });
}

void drop_lines(State& state, const std::vector<AccountLine>& lines, SettlementStatus from) {
    for (const AccountLine& line : lines) {
        line_in(state, line, from);
        state.lines.erase(line.item.value);
    }
}

void begin_payout(State& state, const PayoutRequested& e) {
    move_lines(state, e.lines, SettlementStatus::releasable, SettlementStatus::payout_pending);
    ++state.payouts_made;
    state.payouts[e.payout.value] = {
        .amount = e.amount,
        .lines = e.lines,
        .status = PayoutStatus::pending,
        .network = e.network,
        .phone = {e.phone, state.version},
        .masked = e.masked,
        .provider_reference = e.provider_reference,
        .at = e.at,
        .mover = e.mover
    };
}

void end_payout(State& state, const PayoutId& payout) {
    if (state.payouts.erase(payout.value) == 0)
        throw CorruptStream{"a payout ends that is not under way"};
}

Account::Payout& payout_in(State& state, const PayoutId& payout) {
    const auto found = state.payouts.find(payout.value);
    if (found == state.payouts.end())
        throw CorruptStream{"an event of a payout that is not under way"};
    return found->second;
}

// The oldest are forgotten once there are more lines than are kept; the newest never is.
void complete_payout(State& state, const PayoutCompleted& e) {
    drop_lines(state, e.lines, SettlementStatus::payout_pending);
    end_payout(state, e.payout);
    state.paid_out_sum = state.paid_out_sum + e.amount;
    state.completed.push_back({e.payout, e.amount, e.lines});
    std::size_t kept = 0;
    for (const Account::Completed& each : state.completed) kept += each.lines.size();
    while (kept > completed_lines_kept_max && state.completed.size() > 1) {
        kept -= state.completed.front().lines.size();
        state.completed.erase(state.completed.begin());
    }
}

void reverse_payout(State& state, const PayoutReversed& e) {
    if (std::erase_if(state.completed, [&](const auto& c) { return c.payout == e.payout; }) == 0)
        throw CorruptStream{"a payout is reversed that did not arrive lately"};
    for (const AccountLine& line : e.lines) {
        const Account::Line back{line.order, line.amount, SettlementStatus::releasable};
        if (!state.lines.emplace(line.item.value, back).second)
            throw CorruptStream{"a line comes back that is there already"};
        state.releasable_items.push_back(line.item);
    }
    state.paid_out_sum = state.paid_out_sum - e.amount;
}

}  // namespace

Money Account::State::held() const { return sum_of(*this, SettlementStatus::held); }
Money Account::State::releasable() const { return sum_of(*this, SettlementStatus::releasable); }
Money Account::State::in_payout() const { return sum_of(*this, SettlementStatus::payout_pending); }

bool Account::has_payable(const State& state) { return next_batch(state).amount > Money{}; }

Result<Account::Events, Account::Refusal>
Account::decide(const State& state, const Command& command) {
    return match(
        command,
        [&](const NoteHeld& c) { return note_held(state, c); },
        [&](const Release& c) { return release(state, c); },
        [&](const CancelHeld& c) { return cancel_held(state, c); },
        [&](const RequestPayout& c) { return request_payout(state, c); },
        [&](const RecordAccepted& c) { return record_accepted(state, c); },
        [&](const RecordCompleted& c) { return record_completed(state, c); },
        [&](const RecordFailed& c) { return record_failed(state, c); }
    );
}

Account::State Account::evolve(State state, const Event& event) {
    ++state.version;
    match(
        event,
        [&](const FundsHeld& e) {
            state.shop = e.shop;
            for (const AccountLine& line : e.lines)
                state.lines[line.item.value] = {line.order, line.amount, SettlementStatus::held};
        },
        [&](const FundsReleased& e) {
            move_lines(state, e.lines, SettlementStatus::held, SettlementStatus::releasable);
        },
        [&](const FundsCancelled& e) { drop_lines(state, e.lines, SettlementStatus::held); },
        [&](const PayoutRequested& e) { begin_payout(state, e); },
        [&](const PayoutAccepted& e) { payout_in(state, e.payout).status = PayoutStatus::sent; },
        [&](const PayoutCompleted& e) { complete_payout(state, e); },
        [&](const PayoutReversed& e) { reverse_payout(state, e); },
        [&](const PayoutMismatched& e) { payout_in(state, e.payout).mismatched = e.received; },
        [&](const PayoutFailed& e) {
            move_lines(
                state, e.lines, SettlementStatus::payout_pending, SettlementStatus::releasable
            );
            end_payout(state, e.payout);
        }
    );
    return state;
}

}  // namespace pakashop
