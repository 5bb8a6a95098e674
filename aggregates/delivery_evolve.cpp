#include <algorithm>

#include "aggregates/delivery.hpp"

namespace pakashop {
namespace {

using State = Delivery::State;
using Collecting = Delivery::Collecting;
using Departed = Delivery::Departed;
using Confirmed = Delivery::Confirmed;

Delivery::Stop& stop_in(State& state, const ShopId& shop) {
    auto& stops = expect<Collecting>(state).trip.stops;
    const auto found = std::ranges::find(stops, shop, &Delivery::Stop::shop);
    if (found == stops.end()) throw CorruptStream{"a delivery's event names a foreign stop"};
    return *found;
}

/// The PIN lives as long as it can still be presented.
Delivery::Pin& pin_in(State& state) {
    if (auto* collecting = std::get_if<Collecting>(&state)) return collecting->trip.pin;
    return expect<Departed>(state).trip.pin;
}

void open_trip(State& state, const DeliveryOpened& e) {
    expect<Delivery::Unopened>(state);
    Delivery::Trip trip{e.delivery, e.order, e.buyer, {}, {}};
    for (const ShopId& shop : e.stops) trip.stops.push_back({shop, StopStatus::waiting});
    state = Collecting{std::move(trip), std::nullopt, std::nullopt};
}

/// Tries are counted per issue; a lock outlives the issue it was earned with.
void issue_pin(State& state, const PinIssued& e) {
    auto& pin = pin_in(state);
    pin.issue = e.issue;
    pin.expires_at = e.expires_at;
    pin.wrong_tries = 0;
}

/// The fifth locks, and after the lock there are five again.
void refuse_pin(State& state, const PinRefused& e) {
    auto& pin = expect<Departed>(state).trip.pin;
    pin.wrong_tries = e.locked_until ? 0 : pin.wrong_tries + 1;
    if (e.locked_until) pin.locked_until = *e.locked_until;
}

void depart(State& state) {
    auto& collecting = expect<Collecting>(state);
    if (!collecting.agent) throw CorruptStream{"a delivery departs without an agent"};
    state = Departed{std::move(collecting.trip), *std::move(collecting.agent)};
}

void release_agent(State& state) {
    auto& collecting = expect<Collecting>(state);
    collecting.released_by = std::move(collecting.agent);
    collecting.agent.reset();
}

void abandon(State& state) {
    auto& collecting = expect<Collecting>(state);
    state = Delivery::Abandoned{std::move(collecting.trip), std::move(collecting.agent)};
}

void accept_pin(State& state, const PinAccepted& e) {
    auto& departed = expect<Departed>(state);
    state = Confirmed{std::move(departed.trip), std::move(departed.agent), e.signature};
}

void complete(State& state) {
    auto& done = expect<Confirmed>(state);
    state =
        Delivery::Delivered{std::move(done.trip), std::move(done.agent), std::move(done.signature)};
}

}  // namespace

auto Delivery::evolve(State state, const Event& event) -> State {
    match(
        event,
        [&](const DeliveryOpened& e) { open_trip(state, e); },
        [&](const PinIssued& e) { issue_pin(state, e); },
        [&](const AgentAssigned& e) { expect<Collecting>(state).agent = e.agent; },
        [&](const AgentReleased&) { release_agent(state); },
        [&](const StopReady& e) { stop_in(state, e.shop).status = StopStatus::ready; },
        [&](const StopPickedUp& e) { stop_in(state, e.shop).status = StopStatus::picked_up; },
        [&](const StopDropped& e) { stop_in(state, e.shop).status = StopStatus::dropped; },
        [&](const DeliveryDeparted&) { depart(state); },
        [&](const PinRefused& e) { refuse_pin(state, e); },
        [&](const PinAccepted& e) { accept_pin(state, e); },
        [&](const ProofCaptured&) { expect<Confirmed>(state); },
        [&](const DeliveryCompleted&) { complete(state); },
        [&](const DeliveryAbandoned&) { abandon(state); }
    );
    return state;
}

}  // namespace pakashop
