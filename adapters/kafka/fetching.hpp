#pragma once

#include "adapters/kafka/client.hpp"

/// What every consumer of this folder has in common.
namespace pakashop::kafka {

/// A fetch waits at the broker for something new, but not for long: whoever goes to another place
/// waits for it. What is fetched ahead is bounded for each partition. There are no groups.
Settings consumer_settings(const Settings& common);

/// The broker holds nothing there: the topic was cut at either end, or a broker that was away does
/// not know yet that others lead.
bool out_of_range(rd_kafka_resp_err_t error);
/// What was fetched cannot be what was written.
bool rotten(rd_kafka_resp_err_t error);

}  // namespace pakashop::kafka
