#include "api/compose/egress.hpp"

#include <spdlog/spdlog.h>

#include "adapters/kafka/egress.hpp"
#include "events/codec.hpp"

namespace pakashop::api {
namespace {

// What cannot go on by itself is told as what it is: nobody else notices a silent topic.
void tell(model::EgressHealth health, const std::string& reason) {
    using Health = model::EgressHealth;
    if (health == Health::halted || health == Health::stuck) {
        SPDLOG_CRITICAL("events are not published ({}): {}", name_of(health), reason);
    } else if (health == Health::log_away || health == Health::sink_away) {
        SPDLOG_WARN("events are not published now ({}): {}", name_of(health), reason);
    } else {
        SPDLOG_INFO("publishing events: {}", name_of(health));
    }
}

}  // namespace

EgressSide::EgressSide(const Config& config, Log& log)
    : sink_{std::make_unique<KafkaEventSink>(KafkaEventSinkOptions{
          .brokers = config.egress_brokers,
          .on_notice = [](std::string_view notice) { SPDLOG_WARN("{}", notice); }
      })},
      relay_{std::make_unique<model::Egress>(log, *sink_)} {
    relay_->on_health(tell);
}

std::unique_ptr<EgressSide> open_egress(const Config& config, Log& log) {
    if (config.egress_brokers.empty() || !config.has_role("egress")) return nullptr;
    return std::make_unique<EgressSide>(config, log);
}

}  // namespace pakashop::api
