#include "aggregates/settlement_run.hpp"

namespace pakashop {
namespace {

using State = SettlementRun::State;
using Events = SettlementRun::Events;

bool under_way(const State& state) { return !state.run.empty() && !state.finished; }

void expect_under_way(const State& state) {
    if (!under_way(state)) throw CorruptStream{"an event of a settlement run not under way"};
}

}  // namespace

auto SettlementRun::decide(const State& state, const Command& command) -> Result<Events, Refusal> {
    const bool between_pages = under_way(state) && state.chosen.empty();
    return match(
        command,
        [&](const Start& c) {
            return state.run.empty() ? Events{SettlementRunStarted{c.run, c.now}} : Events{};
        },
        [&](const Choose& c) {
            if (!between_pages || c.shops.empty()) return Events{};
            return Events{SettlementShopsChosen{state.run, c.shops}};
        },
        [&](const RecordPaid& c) {
            if (!under_way(state) || state.chosen.empty()) return Events{};
            return Events{SettlementShopsPaid{state.run, c.payouts}};
        },
        [&](const Finish& c) {
            if (!between_pages) return Events{};
            return Events{SettlementRunFinished{state.run, c.now}};
        }
    );
}

auto SettlementRun::evolve(State state, const Event& event) -> State {
    match(
        event,
        [&](const SettlementRunStarted& e) {
            if (!state.run.empty()) throw CorruptStream{"a settlement run is started twice"};
            state.run = e.run;
        },
        [&](const SettlementShopsChosen& e) {
            expect_under_way(state);
            state.chosen = e.shops;
            if (!e.shops.empty()) state.last_chosen = e.shops.back();
            state.pages += 1;
        },
        [&](const SettlementShopsPaid& e) {
            expect_under_way(state);
            state.chosen.clear();
            state.payouts.insert(state.payouts.end(), e.payouts.begin(), e.payouts.end());
        },
        [&](const SettlementRunFinished&) {
            expect_under_way(state);
            state.finished = true;
        }
    );
    return state;
}

}  // namespace pakashop
