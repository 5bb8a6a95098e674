#include "adapters/kafka/egress.hpp"

#include <utility>

#include "adapters/kafka/egress_place.hpp"
#include "adapters/kafka/egress_tails.hpp"
#include "events/public_view.hpp"

namespace pakashop {

using kafka::WantedTopic;
using model::PublicEvent;
using model::SinkPartition;
using model::SinkProblem;

namespace {

constexpr std::string_view events_prefix = "pakashop.events.";  // Names for ever.
constexpr std::string_view places_topic = "pakashop.egress.places";
constexpr std::string_view place_key = "place";

unexpected<SinkProblem> problem(SinkProblem::Kind kind, std::string reason) {
    return unexpected{SinkProblem{kind, std::move(reason)}};
}

// Whatever the brokers' own defaults are.
std::vector<WantedTopic> wanted_topics() {
    const std::map<std::string, std::string, std::less<>> kept_for_ever{
        {"cleanup.policy", "delete"}, {"retention.bytes", "-1"}, {"retention.ms", "-1"}
    };
    std::vector<WantedTopic> out;
    for (const std::string_view family : published_families()) {
        out.push_back({std::string{events_prefix} + std::string{family}, kept_for_ever});
    }
    // Small segments: what was overwritten goes soon, and a new start reads one message.
    out.push_back(
        {std::string{places_topic}, {{"cleanup.policy", "compact"}, {"segment.bytes", "4194304"}}}
    );
    return out;
}

// No message ever expires in here, and the order of a partition outlives broken connections: what
// fails is the whole producer.
kafka::Settings producer_settings(const std::string& brokers) {
    kafka::Settings out = kafka::common_settings(brokers, "pakashop-egress", {});
    out.insert(
        out.end(),
        {{"enable.idempotence", "true"},
         {"enable.gapless.guarantee", "true"},
         // With more, a batch whose predecessor failed may be taken, and then passes for both.
         {"max.in.flight.requests.per.connection", "1"},
         {"message.timeout.ms", "0"},
         {"socket.timeout.ms", "5000"},
         {"linger.ms", "5"},
         {"compression.type", "zstd"}}
    );
    return out;
}

/// What a partition of a topic for outsiders ends with; refused when it is not of this log.
Result<model::PublishedEvent, SinkProblem>
published_in(const kafka::Tail& tail, std::string_view source) {
    const auto position = model::parse_event_position(tail.last->header("ce_sequence"));
    const std::string_view found = tail.last->header("ce_source");
    if (!position || found != source) {
        return problem(
            SinkProblem::Kind::refused,
            "topic " + tail.topic + " holds messages of " +
                (found.empty() ? "somebody else" : std::string{found}) + ", not of " +
                std::string{source} + std::string{kafka::other_log_remedy}
        );
    }
    return model::PublishedEvent{*position, std::string{tail.last->header("ce_id")}};
}

Result<model::EgressPlace, SinkProblem>
place_in(const kafka::Tail& tail, std::string_view generation) {
    auto stored = kafka::decode_place(tail.last->value);
    if (stored && stored->generation == generation) return std::move(stored->place);
    return problem(
        SinkProblem::Kind::refused,
        "topic " + tail.topic + " holds the place of another log" +
            (stored ? ": " + stored->generation : "") + std::string{kafka::other_log_remedy}
    );
}

Result<void, SinkProblem>
take_tail(SinkPartition& out, const kafka::Tail& tail, std::string_view generation) {
    if (tail.topic == places_topic) {
        if (!tail.last) return {};
        auto place = place_in(tail, generation);
        if (!place) return unexpected{std::move(place.error())};
        out.place = *std::move(place);
        return {};
    }
    const std::string family = tail.topic.substr(events_prefix.size());
    if (tail.emptied) out.emptied.push_back(family);
    if (!tail.last) return {};
    auto event = published_in(tail, model::source_of(generation, tail.partition));
    if (!event) return unexpected{std::move(event.error())};
    out.last.emplace(family, *std::move(event));
    return {};
}

}  // namespace

/// The producer while it works, and what it waits for.
class KafkaEventSink::Connection {
public:
    explicit Connection(KafkaEventSinkOptions options) : options_{std::move(options)} {}

    Result<std::vector<SinkPartition>, SinkProblem>
    open(std::string_view generation, std::uint32_t partitions);
    Result<void, SinkProblem> send(const PublicEvent& event);
    Result<void, SinkProblem> send_place(std::string_view json, PartitionId partition);
    Result<void, SinkProblem> wait();
    void interrupt() { interrupted_ = true; }

private:
    kafka::Patience patience() const { return {options_.patience, interrupted_}; }
    void warn();
    static void on_report(rd_kafka_t* client, const rd_kafka_message_t* message, void* who);
    unexpected<SinkProblem> give_up(std::string_view reason);

    const KafkaEventSinkOptions options_;
    const std::vector<WantedTopic> topics_ = wanted_topics();
    std::atomic<bool> interrupted_ = false;
    bool warned_ = false;
    std::size_t under_way_ = 0;
    std::string failure_;  ///< Of the first message that failed.
    kafka::Client producer_;
};

Result<std::vector<SinkPartition>, SinkProblem>
KafkaEventSink::Connection::open(std::string_view generation, std::uint32_t partitions) {
    give_up({});
    auto producer =
        kafka::make_client(RD_KAFKA_PRODUCER, producer_settings(options_.brokers), on_report, this);
    if (!producer) return problem(SinkProblem::Kind::refused, std::move(producer.error()));
    producer_ = *std::move(producer);
    auto made = kafka::make_topics(options_.brokers, topics_, partitions, patience());
    if (!made) return unexpected{std::move(made.error())};
    auto tails = kafka::read_tails(options_.brokers, topics_, partitions, patience());
    if (!tails) return unexpected{std::move(tails.error())};
    std::vector<SinkPartition> out(partitions);
    for (const kafka::Tail& tail : *tails) {
        if (auto taken = take_tail(out[tail.partition], tail, generation); !taken) {
            return unexpected{std::move(taken.error())};
        }
    }
    warn();
    return out;
}

void KafkaEventSink::Connection::warn() {
    if (!options_.on_notice || std::exchange(warned_, true)) return;
    for (const auto& notice : kafka::weaknesses_of(options_.brokers, topics_, patience())) {
        options_.on_notice(notice);
    }
}

Result<void, SinkProblem> KafkaEventSink::Connection::send(const PublicEvent& event) {
    if (!producer_) return give_up("no connection is open");
    rd_kafka_headers_t* headers = rd_kafka_headers_new(event.headers.size());
    for (const auto& [name, value] : event.headers) {
        rd_kafka_header_add(
            headers,
            name.data(),
            static_cast<ssize_t>(name.size()),
            value.data(),
            static_cast<ssize_t>(value.size())
        );
    }
    const std::string topic = std::string{events_prefix} + std::string{event.family};
    const auto failed = rd_kafka_producev(
        producer_.get(),
        RD_KAFKA_V_TOPIC(topic.c_str()),
        RD_KAFKA_V_PARTITION(event.partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(event.key.data(), event.key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(event.data.data()), event.data.size()),
        RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_END
    );
    if (failed) {
        rd_kafka_headers_destroy(headers);
        return give_up(rd_kafka_err2str(failed));
    }
    ++under_way_;
    return {};
}

Result<void, SinkProblem>
KafkaEventSink::Connection::send_place(std::string_view json, PartitionId partition) {
    if (!producer_) return give_up("no connection is open");
    const std::string topic{places_topic};
    const auto failed = rd_kafka_producev(
        producer_.get(),
        RD_KAFKA_V_TOPIC(topic.c_str()),
        RD_KAFKA_V_PARTITION(partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_KEY(place_key.data(), place_key.size()),
        RD_KAFKA_V_VALUE(const_cast<char*>(json.data()), json.size()),
        RD_KAFKA_V_END
    );
    if (failed) return give_up(rd_kafka_err2str(failed));
    ++under_way_;
    return {};
}

void KafkaEventSink::Connection::on_report(
    rd_kafka_t*,
    const rd_kafka_message_t* message,
    void* who
) {
    Connection& self = *static_cast<Connection*>(who);
    --self.under_way_;
    if (message->err && self.failure_.empty()) self.failure_ = rd_kafka_err2str(message->err);
    const bool nowhere = !message->err && message->offset < 0;
    if (nowhere && self.failure_.empty()) self.failure_ = "a message was taken, but not where";
}

Result<void, SinkProblem> KafkaEventSink::Connection::wait() {
    std::size_t before = under_way_;
    kafka::Deadline deadline{options_.patience};
    while (under_way_ > 0) {
        rd_kafka_poll(producer_.get(), kafka::poll_ms);
        if (!failure_.empty()) return give_up(failure_);
        if (interrupted_) return give_up("interrupted");
        if (under_way_ < before) deadline = kafka::Deadline{options_.patience};
        if (deadline.over()) return give_up("the brokers do not answer");
        before = under_way_;
    }
    return {};
}

// Nothing of what is still here leaves any more; what had left may arrive or not.
unexpected<SinkProblem> KafkaEventSink::Connection::give_up(std::string_view reason) {
    SinkProblem out{SinkProblem::Kind::away, std::string{reason}};
    if (producer_)
        rd_kafka_purge(producer_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
    producer_.reset();
    under_way_ = 0;
    failure_.clear();
    return unexpected{std::move(out)};
}

KafkaEventSink::KafkaEventSink(KafkaEventSinkOptions options)
    : connection_{std::make_unique<Connection>(std::move(options))} {}

KafkaEventSink::~KafkaEventSink() = default;

Result<std::vector<SinkPartition>, SinkProblem>
KafkaEventSink::open(std::string_view generation, std::uint32_t partitions) {
    return connection_->open(generation, partitions);
}

Result<void, SinkProblem> KafkaEventSink::publish(std::span<const PublicEvent> events) {
    for (const PublicEvent& event : events) {
        if (auto sent = connection_->send(event); !sent) return sent;
    }
    return connection_->wait();
}

Result<void, SinkProblem>
KafkaEventSink::remember(std::string_view generation, std::span<const model::EgressPlace> places) {
    for (const model::EgressPlace& place : places) {
        const std::string json = kafka::encode_place({std::string{generation}, place});
        if (auto sent = connection_->send_place(json, place.checkpoint.partition); !sent) {
            return sent;
        }
    }
    return connection_->wait();
}

void KafkaEventSink::interrupt() { connection_->interrupt(); }

}  // namespace pakashop
