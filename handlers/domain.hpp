#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "events/any_event.hpp"
#include "handlers/commands.hpp"

/// The aggregates seen from outside, whichever they are: what the shard runs.
namespace pakashop {

/// Any aggregate's state. The alternatives stand in the order of AnyCommand's and AnyEvent's.
using AnyState = std::variant<
    Order::State,
    Payment::State,
    Settlement::State,
    Delivery::State,
    Invoice::State,
    Effect::State,
    Product::State,
    Shop::State,
    Account::State,
    Login::State,
    User::State,
    Agent::State,
    Config::State,
    InvoiceSeries::State,
    SettlementRun::State>;

/// The state before a stream's first event; nothing for a category nobody knows.
std::optional<AnyState> initial_state(std::string_view stream);

/// Events, none of them ("already so"), or the refusal's code. The command must be of the state's
/// aggregate.
Result<std::vector<AnyEvent>, std::string_view>
decide(const AnyState& state, const AnyCommand& command);

/// Moves the state on, in place. An event of another family, or one that does not fit, throws
/// CorruptStream.
void evolve(AnyState& state, const AnyEvent& event);

/// The state as bytes, for aggregates whose streams grow without bound; nothing for the others.
std::optional<std::string> to_snapshot(const AnyState& state);
/// The state those bytes hold; nothing when they are of another shape, or of another program's
/// making, and the stream is then folded from its first event.
std::optional<AnyState> from_snapshot(std::string_view stream, std::string_view bytes);

/// The command's name, `order.place`, as it stands in records and logs.
std::string_view name_of_command(const AnyCommand& command);

}  // namespace pakashop
