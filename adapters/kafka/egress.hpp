#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "projections/ports/event_sink.hpp"

namespace pakashop {

struct KafkaEventSinkOptions {
    std::string brokers;  ///< HOST:PORT[,HOST:PORT…]
    /// How long the brokers may be silent before what is under way is given up.
    std::chrono::milliseconds patience{15'000};
    /// Told, by whoever opens first, how topics that are there are weaker than they should be. May
    /// be empty.
    std::function<void(std::string_view notice)> on_notice{};
};

/// Topics of Kafka for those outside: `pakashop.events.<family>`, as many partitions each as the
/// log has. They are made when missing, with three copies where there are three brokers and nothing
/// ever deleted; an operator may change both, and is warned at each start. Places lie in
/// `pakashop.egress.places`, compacted.
///
/// The producer is idempotent, so that a broken connection neither doubles nor reorders, and leaves
/// no gap behind what failed; it is thrown away at the first failure, and the topics' ends, read
/// anew, say what arrived.
class KafkaEventSink final : public model::EventSink {
public:
    explicit KafkaEventSink(KafkaEventSinkOptions options);
    ~KafkaEventSink() override;

    Result<std::vector<model::SinkPartition>, model::SinkProblem>
    open(std::string_view generation, std::uint32_t partitions) override;
    Result<void, model::SinkProblem> publish(std::span<const model::PublicEvent> events) override;
    Result<void, model::SinkProblem>
    remember(std::string_view generation, std::span<const model::EgressPlace> places) override;
    void interrupt() override;

private:
    class Connection;
    std::unique_ptr<Connection> connection_;
};

}  // namespace pakashop
