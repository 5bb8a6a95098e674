#include "aggregates/delivery.hpp"

#include <algorithm>

namespace pakashop {
namespace {

using Decision = Result<Delivery::Events, Delivery::Refusal>;
using Events = Delivery::Events;
using Refusal = Delivery::Refusal;
using State = Delivery::State;
using Stop = Delivery::Stop;
using Trip = Delivery::Trip;
using Collecting = Delivery::Collecting;
using Departed = Delivery::Departed;
using Confirmed = Delivery::Confirmed;
using Delivered = Delivery::Delivered;

/// One delivery per order, and so one proof (C-48).
constexpr std::uint64_t only = 1;

bool to_collect(const Stop& stop) {
    return stop.status == StopStatus::waiting || stop.status == StopStatus::ready;
}
bool carried(const Stop& stop) { return stop.status == StopStatus::picked_up; }

bool is_agent(const State& state, const AgentId& agent) {
    const AgentId* assigned = Delivery::agent(state);
    return assigned && *assigned == agent;
}

PinIssued next_pin(const Trip& trip, Duration ttl, Instant now) {
    return {trip.delivery, trip.order, trip.buyer, trip.pin.issue + 1, now + ttl, now};
}

/// The last stop is done: the goods travel, under a PIN of their own (C-12).
void depart(Events& events, const Trip& trip, Duration ttl, Instant now) {
    events.push_back(DeliveryDeparted{trip.delivery, trip.order, now});
    events.push_back(next_pin(trip, ttl, now));
}

Decision open_delivery(const State& state, const Delivery::Open& c) {
    if (Delivery::trip(state)) return Events{};
    const Trip trip{{child_id("dlv", c.order.value, only)}, c.order, c.buyer, {}, {}};
    return Events{
        DeliveryOpened{trip.delivery, c.order, c.buyer, c.stops, c.now},
        next_pin(trip, c.pin_ttl, c.now)
    };
}

struct Candidate {
    const AgentId& agent;
    bool free;
    bool claims;
    Instant now;
    std::optional<AgentId> instead_of{};
};

bool replaces(const State& state, const Candidate& candidate) {
    const auto* collecting = std::get_if<Collecting>(&state);
    return collecting && candidate.instead_of && collecting->agent == candidate.instead_of &&
           std::ranges::none_of(collecting->trip.stops, carried);
}

/// The first one has it (C-24). Whether the agent is free now is asked last: who has the delivery
/// already keeps it.
Decision take(const State& state, const Candidate& candidate) {
    const Trip* trip = Delivery::trip(state);
    if (!trip) return unexpected{Refusal::illegal_transition};
    if (is_agent(state, candidate.agent)) return Events{};
    const AgentId* other = Delivery::agent(state);
    if (other && !replaces(state, candidate)) return unexpected{Refusal::already_assigned};
    if (!std::holds_alternative<Collecting>(state)) return unexpected{Refusal::illegal_transition};
    if (!candidate.free) return unexpected{Refusal::agent_unavailable};
    Events events;
    if (other) events.push_back(AgentReleased{trip->delivery, trip->order, *other, "replaced"});
    events.push_back(
        AgentAssigned{trip->delivery, trip->order, candidate.agent, candidate.claims, candidate.now}
    );
    return events;
}

Decision release(const State& state, const Delivery::Release& c) {
    const auto* collecting = std::get_if<Collecting>(&state);
    if (collecting && !collecting->agent && collecting->released_by == c.agent) return Events{};
    if (!is_agent(state, c.agent)) return unexpected{Refusal::not_found};
    if (!collecting || std::ranges::any_of(collecting->trip.stops, carried))
        return unexpected{Refusal::illegal_transition};
    const Trip& trip = collecting->trip;
    return Events{AgentReleased{trip.delivery, trip.order, c.agent, c.reason}};
}

Decision note_ready(const State& state, const Delivery::NoteReady& c) {
    const auto* collecting = std::get_if<Collecting>(&state);
    if (!collecting) return Events{};
    const Trip& trip = collecting->trip;
    const auto stop = std::ranges::find(trip.stops, c.shop, &Stop::shop);
    if (stop == trip.stops.end() || stop->status != StopStatus::waiting) return Events{};
    return Events{StopReady{trip.delivery, trip.order, c.shop}};
}

using Stops = Result<std::vector<ShopId>, Refusal>;

Stops one_stop(const Trip& trip, const ShopId& shop) {
    const auto stop = std::ranges::find(trip.stops, shop, &Stop::shop);
    if (stop == trip.stops.end()) return unexpected{Refusal::not_found};
    switch (stop->status) {
        case StopStatus::waiting:
            return unexpected{Refusal::not_ready};
        case StopStatus::ready:
            return std::vector{shop};
        case StopStatus::picked_up:
            return std::vector<ShopId>{};
        case StopStatus::dropped:
            break;
    }
    return unexpected{Refusal::illegal_transition};
}

Stops every_ready_stop(const Trip& trip) {
    std::vector<ShopId> shops;
    for (const Stop& stop : trip.stops) {
        if (stop.status == StopStatus::ready) shops.push_back(stop.shop);
    }
    if (shops.empty() && std::ranges::any_of(trip.stops, to_collect))
        return unexpected{Refusal::not_ready};
    return shops;
}

Decision pick_up(const State& state, const Delivery::PickUp& c) {
    if (!is_agent(state, c.agent)) return unexpected{Refusal::not_found};
    const auto status = Delivery::status(state);
    if (status != DeliveryStatus::assigned && status != DeliveryStatus::picked_up)
        return unexpected{Refusal::illegal_transition};
    const Trip& trip = *Delivery::trip(state);
    const Stops shops = c.shop ? one_stop(trip, *c.shop) : every_ready_stop(trip);
    if (!shops) return unexpected{shops.error()};
    Events events;
    for (const ShopId& shop : *shops)
        events.push_back(StopPickedUp{trip.delivery, trip.order, shop, c.agent, c.now});
    const auto left = std::ranges::count_if(trip.stops, to_collect);
    if (!events.empty() && std::cmp_equal(left, events.size()))
        depart(events, trip, c.pin_ttl, c.now);
    return events;
}

/// What was picked up is not dropped any more.
Decision drop_stops(const State& state, const Delivery::DropStops& c) {
    const auto* collecting = std::get_if<Collecting>(&state);
    if (!collecting) return Events{};
    const Trip& trip = collecting->trip;
    Events events;
    for (const Stop& stop : trip.stops) {
        if (to_collect(stop) && std::ranges::find(c.shops, stop.shop) != c.shops.end())
            events.push_back(StopDropped{trip.delivery, trip.order, stop.shop});
    }
    const auto left = std::ranges::count_if(trip.stops, to_collect);
    if (events.empty() || std::cmp_not_equal(left, events.size())) return events;
    if (std::ranges::any_of(trip.stops, carried)) {
        depart(events, trip, c.pin_ttl, c.now);
    } else {
        events.push_back(DeliveryAbandoned{trip.delivery, trip.order, c.now});
    }
    return events;
}

Decision reissue_pin(const State& state, const Delivery::ReissuePin& c) {
    const auto issue = [&](const Trip& trip) -> Decision {
        return Events{next_pin(trip, c.pin_ttl, c.now)};
    };
    return match(
        state,
        [](const Delivery::Unopened&) -> Decision {
            return unexpected{Refusal::illegal_transition};
        },
        [&](const OneOf<Collecting, Departed> auto& s) { return issue(s.trip); },
        [](const OneOf<Confirmed, Delivered> auto&) -> Decision {
            return unexpected{Refusal::pin_used};
        },
        [](const Delivery::Abandoned&) -> Decision {
            return unexpected{Refusal::illegal_transition};
        }
    );
}

/// A locked or expired PIN is not looked at, so a try against it tells nothing and costs nothing.
Decision try_pin(const Departed& departed, const Delivery::ConfirmPin& c) {
    const Trip& trip = departed.trip;
    if (c.now < trip.pin.locked_until) return unexpected{Refusal::pin_locked};
    if (c.now >= trip.pin.expires_at) return unexpected{Refusal::pin_expired};
    if (pin_matches(c.key, trip.delivery, trip.pin.issue, c.pin)) {
        const SignatureId signature{child_id("sig", trip.order.value, only)};
        return Events{
            PinAccepted{trip.delivery, trip.order, c.agent, signature, trip.pin.issue, c.now}
        };
    }
    const std::int64_t left = Delivery::wrong_tries_max - trip.pin.wrong_tries - 1;
    std::optional<Instant> locked_until;
    if (left == 0) locked_until = c.now + Delivery::lock_time;
    return Events{PinRefused{trip.delivery, left, locked_until, c.now}};
}

Decision confirm_pin(const State& state, const Delivery::ConfirmPin& c) {
    if (!is_agent(state, c.agent)) return unexpected{Refusal::not_found};
    if (Delivery::signature(state)) return unexpected{Refusal::pin_used};
    const auto* departed = std::get_if<Departed>(&state);
    if (!departed) return unexpected{Refusal::illegal_transition};
    return try_pin(*departed, c);
}

Decision capture_proof(const State& state, const Delivery::CaptureProof& c) {
    const SignatureId* signature = Delivery::signature(state);
    if (!is_agent(state, c.agent) || !signature || *signature != c.signature)
        return unexpected{Refusal::not_found};
    const auto proof = Delivery::proof_fields(state, c);
    if (!proof) return Events{};
    // Its caller found nothing to sign a moment ago, when the PIN was still awaited.
    if (c.proof_signature.empty()) return unexpected{Refusal::not_found};
    std::vector<ShopId> shops;
    for (const Stop& stop : Delivery::trip(state)->stops) {
        if (carried(stop)) shops.push_back(stop.shop);
    }
    return Events{
        ProofCaptured{
            proof->delivery,
            proof->order,
            c.signature,
            c.agent,
            proof->issue,
            c.image,
            c.strokes,
            c.signatory_name,
            c.signatory_phone,
            c.location,
            legacy_proof_hash(proof->order, proof->image, proof->signatory_name, c.now),
            proof_hash(*proof),
            c.proof_signature,
            c.now
        },
        DeliveryCompleted{proof->delivery, proof->order, std::move(shops), c.now}
    };
}

std::string_view shown(const Sealed<PublicText>& field) {
    const PublicText* text = field.value();
    return text ? std::string_view{*text} : std::string_view{};
}

}  // namespace

auto Delivery::decide(const State& state, const Command& command) -> Result<Events, Refusal> {
    return match(
        command,
        [&](const Open& c) { return open_delivery(state, c); },
        [&](const Assign& c) {
            return take(state, {c.agent, c.active, false, c.now, c.instead_of});
        },
        [&](const Claim& c) { return take(state, {c.agent, c.available, true, c.now}); },
        [&](const Release& c) { return release(state, c); },
        [&](const NoteReady& c) { return note_ready(state, c); },
        [&](const PickUp& c) { return pick_up(state, c); },
        [&](const DropStops& c) { return drop_stops(state, c); },
        [&](const ReissuePin& c) { return reissue_pin(state, c); },
        [&](const ConfirmPin& c) { return confirm_pin(state, c); },
        [&](const CaptureProof& c) { return capture_proof(state, c); }
    );
}

const Delivery::Trip* Delivery::trip(const State& state) {
    return match(
        state,
        [](const Unopened&) -> const Trip* { return nullptr; },
        [](const OneOf<Collecting, Departed, Confirmed, Delivered, Abandoned> auto& s) {
            return &s.trip;
        }
    );
}

const AgentId* Delivery::agent(const State& state) {
    return match(
        state,
        [](const Unopened&) -> const AgentId* { return nullptr; },
        [](const OneOf<Collecting, Abandoned> auto& s) -> const AgentId* {
            return s.agent ? &*s.agent : nullptr;
        },
        [](const OneOf<Departed, Confirmed, Delivered> auto& s) { return &s.agent; }
    );
}

const SignatureId* Delivery::signature(const State& state) {
    return match(
        state,
        [](const OneOf<Unopened, Collecting, Departed, Abandoned> auto&) -> const SignatureId* {
            return nullptr;
        },
        [](const OneOf<Confirmed, Delivered> auto& s) { return &s.signature; }
    );
}

DeliveryStatus Delivery::status(const State& state) {
    require(trip(state) != nullptr, "the status of a delivery is asked once it is opened");
    return match(
        state,
        [](const OneOf<Unopened, Abandoned> auto&) { return DeliveryStatus::failed; },
        [](const Collecting& s) {
            return s.agent ? DeliveryStatus::assigned : DeliveryStatus::unassigned;
        },
        [](const OneOf<Departed, Confirmed> auto&) { return DeliveryStatus::picked_up; },
        [](const Delivered&) { return DeliveryStatus::delivered; }
    );
}

std::int64_t Delivery::tries_left(const Pin& pin, Instant now) {
    return now < pin.locked_until ? 0 : wrong_tries_max - pin.wrong_tries;
}

std::optional<ProofFields> Delivery::proof_fields(const State& state, const CaptureProof& command) {
    const auto* confirmed = std::get_if<Confirmed>(&state);
    if (!confirmed || confirmed->agent != command.agent ||
        confirmed->signature != command.signature)
        return std::nullopt;
    ProofFields proof{
        confirmed->trip.order,
        confirmed->trip.delivery,
        command.signature,
        command.agent,
        confirmed->trip.pin.issue,
        shown(command.image),
        shown(command.strokes),
        shown(command.signatory_name),
        std::nullopt,
        std::nullopt,
        command.now
    };
    if (command.signatory_phone) proof.signatory_phone = shown(*command.signatory_phone);
    if (command.location && command.location->value()) proof.location = *command.location->value();
    return proof;
}

}  // namespace pakashop
