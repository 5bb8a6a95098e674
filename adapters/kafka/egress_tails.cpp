#include "adapters/kafka/egress_tails.hpp"

#include <map>
#include <set>

namespace pakashop::kafka {
namespace {

using model::SinkProblem;

Settings consumer_settings(const std::string& brokers) {
    return common_settings(
        brokers,
        "pakashop-egress",
        {
            {"group.id", "pakashop-egress-tails"},  // Asked for; nothing is committed.
            {"enable.auto.commit", "false"},
            {"enable.partition.eof", "true"},
            {"auto.offset.reset", "latest"},  // Met where retention took the last message.
            {"isolation.level", "read_uncommitted"},
            {"fetch.wait.max.ms", "50"},
        }
    );
}

PartitionList last_messages(std::span<const WantedTopic> topics, std::uint32_t partitions) {
    PartitionList out{rd_kafka_topic_partition_list_new(0)};
    for (const WantedTopic& topic : topics) {
        for (std::uint32_t i = 0; i < partitions; ++i) {
            const auto number = static_cast<std::int32_t>(i);
            auto* one = rd_kafka_topic_partition_list_add(out.get(), topic.name.c_str(), number);
            one->offset = RD_KAFKA_OFFSET_TAIL(1);
        }
    }
    return out;
}

TailMessage copy_of(const rd_kafka_message_t& message) {
    TailMessage out;
    out.value.assign(static_cast<const char*>(message.payload), message.len);
    rd_kafka_headers_t* headers = nullptr;
    if (rd_kafka_message_headers(&message, &headers)) return out;
    const char* name = nullptr;
    const void* value = nullptr;
    std::size_t size = 0;
    for (std::size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); ++i) {
        out.headers[name] = std::string{static_cast<const char*>(value), size};
    }
    return out;
}

/// Collects the ends while messages and ends of partitions come in, in any order.
class Collector {
public:
    Collector(std::span<const WantedTopic> topics, std::uint32_t partitions)
        : missing_{topics.size() * partitions} {}

    void take(const rd_kafka_message_t& message) {
        if (message.err && message.err != RD_KAFKA_RESP_ERR__PARTITION_EOF) {
            problem_ = rd_kafka_message_errstr(&message);
            return;
        }
        const std::string topic = rd_kafka_topic_name(message.rkt);
        Tail& tail = tails_[{topic, message.partition}];
        tail.topic = topic;
        tail.partition = static_cast<PartitionId>(message.partition);
        if (!message.err) {
            tail.last = copy_of(message);
            return;
        }
        tail.emptied = !tail.last && message.offset > 0;
        if (ended_.insert({topic, message.partition}).second) --missing_;
    }

    bool complete() const { return missing_ == 0; }
    std::vector<Tail> tails() {
        std::vector<Tail> out;
        for (auto& [place, tail] : tails_) out.push_back(std::move(tail));
        return out;
    }
    std::string problem() const {
        return std::to_string(missing_) + " partitions do not tell how they end" +
               (problem_.empty() ? "" : ": " + problem_);
    }

private:
    using Place = std::pair<std::string, std::int32_t>;

    std::size_t missing_;
    std::map<Place, Tail> tails_;
    std::set<Place> ended_;
    std::string problem_;
};

}  // namespace

Result<std::vector<Tail>, SinkProblem> read_tails(
    const std::string& brokers,
    std::span<const WantedTopic> topics,
    std::uint32_t partitions,
    const Patience& patience
) {
    const auto consumer = make_client(RD_KAFKA_CONSUMER, consumer_settings(brokers));
    if (!consumer) return unexpected{SinkProblem{SinkProblem::Kind::refused, consumer.error()}};
    rd_kafka_poll_set_consumer(consumer->get());
    rd_kafka_assign(consumer->get(), last_messages(topics, partitions).get());
    const Deadline deadline{patience.time};
    Collector collector{topics, partitions};
    while (!collector.complete() && !deadline.over() && !patience.interrupted) {
        const Message message{rd_kafka_consumer_poll(consumer->get(), poll_ms)};
        if (message) collector.take(*message);
    }
    if (collector.complete()) return collector.tails();
    return unexpected{SinkProblem{SinkProblem::Kind::away, collector.problem()}};
}

std::string_view TailMessage::header(std::string_view name) const {
    const auto found = headers.find(name);
    return found == headers.end() ? std::string_view{} : std::string_view{found->second};
}

}  // namespace pakashop::kafka
