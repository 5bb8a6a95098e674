#pragma once

#include "api/call.hpp"
#include "handlers/stream_loader.hpp"

namespace pakashop::api {

/// The aggregate's durable state, read from the store now; its initial one when the stream has no
/// event. Throws CorruptStream.
template <class Aggregate>
typename Aggregate::State state_of(App& app, std::string_view key, std::string_view id) {
    const PartitionId partition = app.engine.partition_of_key(key);
    auto loaded = load_stream(app.engine.store(), partition, stream_of<Aggregate>(id));
    return std::get<typename Aggregate::State>(std::move(loaded.state));
}

/// The order as placed, when the caller bought it or is an admin; not_found otherwise.
Result<Order::Placed, Problem> own_order(App& app, const Call& call, const OrderId& order);

/// The order as placed, whoever asks; not_found when it is not there.
Result<Order::Placed, Problem> placed_order(App& app, const OrderId& order);

/// Where a shop's part of the order stands.
std::string part_status_word(App& app, const OrderId& order, const ShopId& shop);

/// Where the order's delivery stands; before it is opened, where the order does.
std::string delivery_status_word(App& app, const OrderId& order);

/// Turns a refusal `illegal_transition` into one that says from where and to what; `from` is read
/// after the fact.
Problem explain_transition(Problem problem, std::string_view from, std::string_view asked);

}  // namespace pakashop::api
