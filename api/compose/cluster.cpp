#include "api/compose/cluster.hpp"

#include <future>

#include "api/compose/duties.hpp"
#include "api/compose/peer.hpp"

namespace pakashop::api {
namespace {

MembershipOptions options_of(const Config& config) {
    MembershipOptions options;
    options.node = config.node;
    options.address = config.advertised_address;
    options.decides = config.has_role("commands");
    for (const char* duty : {duty_projections, duty_scheduler}) {
        if (config.has_role(duty)) options.duties.emplace_back(duty);
    }
    if (config.has_role(duty_egress) && !config.egress_brokers.empty()) {
        options.duties.emplace_back(duty_egress);
    }
    return options;
}

}  // namespace

ClusterSide::ClusterSide(
    const Config& config,
    Engine& engine,
    Log& engine_log,
    MembershipEvents events
)
    : cluster_{config.database_url},
      follower_{engine, engine_log},
      membership_{cluster_, engine, follower_, options_of(config), std::move(events)},
      forwarder_{
          engine,
          follower_,
          [this](PartitionId partition) { return membership_.leader(partition); },
          [&config](const std::string& address, const std::string& commands) {
              return send_to_peer(config, address, commands);
          }
      } {}

void ClusterSide::start() {
    forwarder_.start();
    membership_.start();
}

void ClusterSide::stop() {
    membership_.stop();
    forwarder_.stop();
}

void ClusterSide::when_fresh(std::function<void(bool)> done) {
    follower_.when_fresh([this, done = std::move(done)](bool fresh) {
        done(membership_.may_tell(fresh));
    });
}

void ClusterSide::catch_up() {
    std::promise<void> done;
    follower_.when_fresh([&](bool) { done.set_value(); });
    done.get_future().get();
}

}  // namespace pakashop::api
