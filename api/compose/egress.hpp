#pragma once

#include <memory>

#include "api/config.hpp"
#include "handlers/ports/log.hpp"
#include "projections/egress.hpp"

namespace pakashop::api {

/// The relay to Kafka's topics, and what it needs; nothing when none is configured. The log
/// outlives it. Destroying it ends it.
class EgressSide {
public:
    EgressSide(const Config& config, Log& log);

    model::Egress& relay() { return *relay_; }

private:
    std::unique_ptr<model::EventSink> sink_;
    std::unique_ptr<model::Egress> relay_;
};

/// Made only where the configuration names brokers and the process has the role.
std::unique_ptr<EgressSide> open_egress(const Config& config, Log& log);

}  // namespace pakashop::api
