#include "adapters/kafka/kafka_log.hpp"

#include <thread>

#include "adapters/kafka/known_ends.hpp"
#include "adapters/kafka/log_readers.hpp"
#include "adapters/kafka/log_topic.hpp"
#include "adapters/kafka/log_writer.hpp"

namespace pakashop {
namespace {

// After a read has waited in vain: long enough for a broker that answers at all.
constexpr std::chrono::milliseconds silence_patience{1000};
constexpr std::chrono::milliseconds again_after{100};

}  // namespace

class KafkaLog::Impl {
public:
    Impl(KafkaLogOptions options, kafka::Admin admin)
        : options_{std::move(options)},
          topic_{kafka::topic_of(options_.generation)},
          admin_{std::move(admin)},
          ends_{options_.partitions},
          readers_{reader_options(), options_.partitions, ends_},
          writer_{writer_options(), options_.partitions, ends_} {}

    const KafkaLogOptions& options() const { return options_; }
    kafka::LogReaders& readers() { return readers_; }
    kafka::LogWriter& writer() { return writer_; }
    std::string cluster_id() const { return admin_.cluster_id(options_.read_patience); }

    Result<std::uint64_t, LogFailure> end(PartitionId partition) {
        const auto all = ends({&partition, 1});
        if (!all) return unexpected{all.error()};
        return all->front();
    }
    Result<std::vector<std::uint64_t>, LogFailure> ends(std::span<const PartitionId> partitions) {
        if (partitions.empty()) return std::vector<std::uint64_t>{};
        const auto deadline = std::chrono::steady_clock::now() + options_.read_patience;
        const auto known = known_ends(partitions);
        auto all = kafka::ask_ends(admin_.client(), topic_, partitions, options_.read_patience);
        while (all && shorter(*all, known) && std::chrono::steady_clock::now() < deadline) {
            std::this_thread::sleep_for(again_after);
            kafka::look_up_leaders(admin_.client(), silence_patience);
            all = kafka::ask_ends(admin_.client(), topic_, partitions, options_.read_patience);
        }
        for (std::size_t i = 0; all && i < all->size(); ++i) ends_.raise(partitions[i], (*all)[i]);
        return all;
    }

private:
    std::vector<std::uint64_t> known_ends(std::span<const PartitionId> partitions) const {
        std::vector<std::uint64_t> out;
        for (const PartitionId partition : partitions) out.push_back(ends_.of(partition));
        return out;
    }
    // A broker that slept takes itself for the leader for a moment, and knows of an older end: only
    // one that insists is believed. What is written while it is asked it need not know.
    static bool
    shorter(const std::vector<std::uint64_t>& ends, const std::vector<std::uint64_t>& known) {
        for (std::size_t i = 0; i < ends.size(); ++i) {
            if (ends[i] < known[i]) return true;
        }
        return false;
    }
    Result<std::uint64_t, LogFailure> ask_end(PartitionId partition) {
        return kafka::ask_end(admin_.client(), topic_, partition, silence_patience);
    }
    kafka::ReaderOptions reader_options() {
        return {
            .common = kafka::settings_of(options_.kafka),
            .topic = topic_,
            .patience = options_.read_patience,
            .ask_end = [this](PartitionId number) { return ask_end(number); }
        };
    }
    kafka::WriterOptions writer_options() const {
        return {
            .common = kafka::settings_of(options_.kafka),
            .topic = topic_,
            .producers = options_.producers,
            .on_failure = options_.on_failure
        };
    }

    const KafkaLogOptions options_;
    const std::string topic_;
    kafka::Admin admin_;
    kafka::KnownEnds ends_;
    kafka::LogReaders readers_;
    kafka::LogWriter writer_;
};

Result<std::unique_ptr<KafkaLog>, KafkaLogFailure> KafkaLog::open(KafkaLogOptions options) {
    auto admin = kafka::connect(options.kafka);
    if (!admin) return unexpected{std::move(admin.error())};
    if (auto found = kafka::check_topic(*admin, options); !found) {
        return unexpected{std::move(found.error())};
    }
    auto impl = std::make_unique<Impl>(std::move(options), *std::move(admin));
    return std::unique_ptr<KafkaLog>{new KafkaLog{std::move(impl)}};
}

Result<void, KafkaLogFailure>
KafkaLog::create_topic(const KafkaOptions& kafka, const KafkaTopicOptions& topic) {
    const auto admin = kafka::connect(kafka);
    if (!admin) return unexpected{admin.error()};
    return kafka::make_topic(*admin, kafka, topic);
}

Result<std::vector<std::string>, KafkaLogFailure> KafkaLog::generations(const KafkaOptions& kafka) {
    const auto admin = kafka::connect(kafka);
    if (!admin) return unexpected{admin.error()};
    return kafka::find_generations(*admin, kafka);
}

KafkaLog::KafkaLog(std::unique_ptr<Impl> impl) : impl_{std::move(impl)} {}
KafkaLog::~KafkaLog() = default;

std::string KafkaLog::cluster_id() const { return impl_->cluster_id(); }

std::string_view KafkaLog::generation() const { return impl_->options().generation; }
std::uint32_t KafkaLog::partitions() const { return impl_->options().partitions; }

std::future<std::vector<AppendOutcome>> KafkaLog::begin_append(
    std::span<const PartitionBatch> batches
) {
    return impl_->writer().begin_append(batches);
}

void KafkaLog::continue_at(PartitionId partition, std::uint64_t offset) {
    impl_->writer().continue_at(partition, offset);
}

Result<std::vector<LogEntry>, LogFailure>
KafkaLog::read(PartitionId partition, std::uint64_t offset, std::size_t bytes_max) {
    return impl_->readers().read(partition, offset, bytes_max);
}

Result<std::vector<std::uint64_t>, LogFailure> KafkaLog::ends(
    std::span<const PartitionId> partitions
) {
    return impl_->ends(partitions);
}

Result<std::uint64_t, LogFailure> KafkaLog::end(PartitionId partition) {
    return impl_->end(partition);
}

}  // namespace pakashop
