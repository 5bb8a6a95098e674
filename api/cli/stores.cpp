#include "api/cli/stores.hpp"

#include <charconv>
#include <filesystem>

#include <fmt/format.h>

#include "adapters/kafka/kafka_key_store.hpp"
#include "adapters/kafka/kafka_log.hpp"
#include "adapters/rocksdb/rocksdb_key_store.hpp"
#include "adapters/rocksdb/rocksdb_log.hpp"
#include "adapters/rocksdb/rocksdb_replica.hpp"
#include "api/compose/stores.hpp"
#include "api/environment.hpp"
#include "handlers/replicated_log.hpp"
#include "handlers/sealing.hpp"

namespace pakashop::cli {
namespace {

class RocksDbView final : public LogView {
public:
    RocksDbView(std::unique_ptr<RocksDbLog> log, bool has_witness)
        : log_{std::move(log)}, has_witness_{has_witness} {}

    Log& log() override { return *log_; }
    Store& store() override { return *log_; }
    bool has_witness() const override { return has_witness_; }
    std::string check_witness() override { return log_->check_witness(); }
    std::string check_files() override { return log_->check_files(); }

private:
    std::unique_ptr<RocksDbLog> log_;
    bool has_witness_;
};

/// A log on Kafka, with a replica of its own for as long as somebody looks.
class KafkaView final : public LogView {
public:
    static Result<std::unique_ptr<LogView>, std::string> open(KafkaLogOptions options) {
        auto log = KafkaLog::open(std::move(options));
        if (!log) return unexpected{std::move(log.error().detail)};
        auto view = std::unique_ptr<KafkaView>{new KafkaView{*std::move(log)}};
        if (auto problem = view->read_all(); !problem.empty()) return unexpected{problem};
        return view;
    }
    ~KafkaView() override {
        replica_.reset();
        std::error_code kept;
        std::filesystem::remove_all(folder_, kept);
    }

    Log& log() override { return *log_; }
    Store& store() override { return *replica_; }
    bool has_witness() const override { return false; }
    std::string check_witness() override { return {}; }
    std::string check_files() override { return {}; }

private:
    explicit KafkaView(std::unique_ptr<KafkaLog> log) : log_{std::move(log)} {
        std::string pattern = (std::filesystem::temp_directory_path() / "pakashop-XXXXXX").native();
        folder_ = ::mkdtemp(pattern.data()) ? pattern : "";
    }

    std::string read_all() {
        RocksDbReplicaOptions options;
        options.directory = folder_ / "replica";
        options.generation = log_->generation();
        options.partitions = log_->partitions();
        auto replica = RocksDbReplica::open(std::move(options));
        if (!replica) return "no room for a replica: " + replica.error().detail;
        replica_ = *std::move(replica);
        ReplicatedLog tail{*log_, *replica_};
        for (std::uint32_t i = 0; i < log_->partitions(); ++i) {
            const auto partition = static_cast<PartitionId>(i);
            std::uint64_t next = 0;
            while (true) {
                const auto entries = tail.read(partition, next, read_bytes);
                if (!entries) return fmt::format("partition {} cannot be read", partition);
                if (entries->empty()) break;
                next = entries->back().offset + 1;
            }
        }
        return {};
    }

    static constexpr std::size_t read_bytes = 1024uz * 1024;
    std::unique_ptr<KafkaLog> log_;
    std::filesystem::path folder_;
    std::unique_ptr<RocksDbReplica> replica_;
};

class ViewedKeys final : public OpenedKeys {
public:
    explicit ViewedKeys(std::unique_ptr<KeyStore> keys) : keys_{std::move(keys)}, vault_{*keys_} {}
    Vault& vault() override { return vault_; }

private:
    std::unique_ptr<KeyStore> keys_;
    SealingVault vault_;
};

// Empty when it is not set. A NAME_FILE that cannot be read is said, and counts as absent.
std::string variable(const std::string& name) {
    auto value = api::read_variable(api::process_environment, name);
    if (!value) fmt::print(stderr, "pakashop: {}_FILE: {}\n", name, value.error());
    return std::move(value).value_or("");
}

constexpr std::string_view kafka = "kafka://";

// How many partitions the log on the brokers has; nothing when the variable says no such number.
std::optional<std::uint32_t> partitions_named() {
    const std::string text = variable("PAKASHOP_PARTITIONS");
    if (text.empty()) return api::Config{}.partitions;
    std::uint32_t count = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
    const bool whole = read.ec == std::errc{} && read.ptr == text.data() + text.size();
    return whole && count >= 1 && count <= slices ? std::optional{count} : std::nullopt;
}

// Nothing else of the configuration counts: where a log is only read there may be no server's.
Result<KafkaLogOptions, api::StartFailure> kafka_options(const std::string& brokers) {
    const auto partitions = partitions_named();
    if (!partitions) {
        const std::string why = fmt::format("PAKASHOP_PARTITIONS must be from 1 to {}", slices);
        return unexpected{api::StartFailure{api::exit_refuses, why}};
    }
    const std::string generation = variable("PAKASHOP_GENERATION");
    KafkaLogOptions options;
    options.kafka.brokers = brokers;
    options.generation = generation.empty() ? api::Config{}.generation : generation;
    options.partitions = *partitions;
    options.allow_weak_topic = true;
    return options;
}

Result<std::unique_ptr<LogView>, api::StartFailure> open_kafka(const std::string& brokers) {
    auto options = kafka_options(brokers);
    if (!options) return unexpected{std::move(options.error())};
    auto view = KafkaView::open(*std::move(options));
    if (!view) return unexpected{api::StartFailure{api::exit_service_away, view.error()}};
    return *std::move(view);
}

Result<std::unique_ptr<OpenedKeys>, api::StartFailure> open_kafka_keys(const std::string& brokers) {
    KafkaKeyStoreOptions options;
    options.kafka.brokers = brokers;
    options.master_key_file = variable("PERSONAL_DATA_KEY_FILE");
    options.allow_weak_topic = true;
    auto keys = KafkaKeyStore::view(std::move(options));
    if (keys) return std::make_unique<ViewedKeys>(*std::move(keys));
    return unexpected{api::StartFailure{
        api::exit_refuses, "the keys of personal data do not open: " + keys.error().detail
    }};
}

}  // namespace

Result<std::unique_ptr<LogView>, api::StartFailure> LogView::open(const std::string& location) {
    if (const auto brokers = brokers_in(location)) return open_kafka(*brokers);
    const std::string& directory = location;
    auto log = RocksDbLog::view(directory);
    if (log) {
        const bool witness = std::filesystem::exists(directory + ".witness");
        return std::make_unique<RocksDbView>(*std::move(log), witness);
    }
    const bool away = log.error().error == LogOpenError::unavailable;
    const std::string text = fmt::format(
        "the log in {} does not open ({}): {}",
        directory,
        name_of(log.error().error),
        log.error().detail
    );
    return unexpected{api::StartFailure{away ? api::exit_service_away : api::exit_bad_data, text}};
}

Result<std::unique_ptr<OpenedKeys>, api::StartFailure> OpenedKeys::open() {
    if (const auto brokers = brokers_in(log_location({}))) return open_kafka_keys(*brokers);
    RocksDbKeyStoreOptions options;
    options.directory = data_directory() + "/keys";
    options.master_key_file = variable("PERSONAL_DATA_KEY_FILE");
    auto keys = RocksDbKeyStore::view(std::move(options));
    if (keys) return std::make_unique<ViewedKeys>(*std::move(keys));
    const bool damaged = keys.error().error == KeyStoreOpenError::damaged;
    return unexpected{api::StartFailure{
        damaged ? api::exit_bad_data : api::exit_refuses,
        "the keys of personal data do not open: " + keys.error().detail
    }};
}

std::string data_directory() {
    const std::string given = variable("PAKASHOP_DATA");
    return api::without_end_slashes(given.empty() ? api::Config{}.data_dir : given);
}

std::optional<std::string> brokers_in(const std::string& location) {
    if (!location.starts_with(kafka)) return std::nullopt;
    return location.substr(kafka.size());
}

std::string log_location(const std::string& given) {
    constexpr std::string_view engine = "rocksdb:";
    std::string where = given.empty() ? variable("PAKASHOP_LOG") : given;
    if (where.starts_with(engine)) where.erase(0, engine.size());
    if (where.starts_with(kafka)) return where;
    return where.empty() ? data_directory() + "/log" : api::without_end_slashes(std::move(where));
}

int report(const api::StartFailure& failure) {
    fmt::print(stderr, "pakashop: {}\n", failure.text);
    return failure.exit_code;
}

}  // namespace pakashop::cli
