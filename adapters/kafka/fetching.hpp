#pragma once

#include "adapters/kafka/client.hpp"

/// What every consumer of this folder has in common.
namespace pakashop::kafka {

/// A fetch waits at the broker for something new, and whoever has to go elsewhere waits for the
/// fetch: its time is a trade between idle work (a broker and 16 partitions: 4 % of a core at 10
/// ms) and how long 64 partitions take to start. What is fetched ahead is bounded for each
/// partition. There are no groups.
Settings consumer_settings(const Settings& common);

/// The broker holds nothing there: the topic was cut at either end, or a broker that was away does
/// not know yet that others lead.
bool out_of_range(rd_kafka_resp_err_t error);
/// What was fetched cannot be what was written.
bool rotten(rd_kafka_resp_err_t error);

}  // namespace pakashop::kafka
