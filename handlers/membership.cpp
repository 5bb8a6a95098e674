#include "handlers/membership.hpp"

#include <future>

namespace pakashop {

Membership::Membership(
    Cluster& cluster,
    Engine& engine,
    Follower& follower,
    MembershipOptions options,
    OnLead on_lead,
    OnEnd on_end
)
    : cluster_{cluster},
      engine_{engine},
      follower_{follower},
      options_{std::move(options)},
      on_lead_{std::move(on_lead)},
      on_end_{std::move(on_end)} {}

void Membership::start() {
    follower_.start();
    thread_ = std::thread{[this] { run(); }};
}

void Membership::stop() {
    {
        const std::lock_guard lock{mutex_};
        stopping_ = true;
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    follower_.stop();
}

std::optional<LeaseHolder> Membership::holder() const {
    const std::lock_guard lock{mutex_};
    return holder_;
}

void Membership::run() {
    while (true) {
        beat();
        std::unique_lock lock{mutex_};
        const auto stopping = [this] { return stopping_; };
        if (wake_.wait_for(lock, options_.beat_every, stopping)) return;
    }
}

// Who has not followed everything does not ask to lead: it would only keep the others waiting.
void Membership::beat() {
    const bool wanted = engine_.leading() || follower_.caught_up();
    const auto holder = cluster_.beat(self(), wanted, options_.lease);
    if (!holder) return;
    {
        const std::lock_guard lock{mutex_};
        holder_ = *holder;
    }
    holds_lease_ = *holder && (*holder)->node == options_.node;
    if (holds_lease_ && !engine_.leading()) {
        lead();
    } else if (engine_.leading() && *holder && !holds_lease_) {
        on_end_("node " + (*holder)->node + " has the lease now");
    }
}

void Membership::lead() {
    follower_.stop();
    std::promise<Result<void, EngineFailure>> led;
    engine_.post([&] { led.set_value(engine_.lead()); });
    if (const auto result = led.get_future().get(); !result) {
        on_end_(result.error().text);
        return;
    }
    on_lead_();
}

ClusterNode Membership::self() const {
    ClusterNode self{options_.node, options_.address, engine_.leading(), {}, {}};
    for (std::uint32_t i = 0; i < engine_.partitions(); ++i) {
        self.places.push_back(engine_.durable_seq(static_cast<PartitionId>(i)));
    }
    return self;
}

}  // namespace pakashop
