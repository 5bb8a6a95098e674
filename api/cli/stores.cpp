#include "api/cli/stores.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "adapters/rocksdb/rocksdb_key_store.hpp"
#include "adapters/rocksdb/rocksdb_log.hpp"
#include "api/environment.hpp"
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

class ViewedKeys final : public OpenedKeys {
public:
    explicit ViewedKeys(std::unique_ptr<RocksDbKeyStore> keys)
        : keys_{std::move(keys)}, vault_{*keys_} {}
    Vault& vault() override { return vault_; }

private:
    std::unique_ptr<RocksDbKeyStore> keys_;
    SealingVault vault_;
};

// Empty when it is not set. A NAME_FILE that cannot be read is said, and counts as absent.
std::string variable(const std::string& name) {
    auto value = api::read_variable(api::process_environment, name);
    if (!value) fmt::print(stderr, "pakashop: {}_FILE: {}\n", name, value.error());
    return std::move(value).value_or("");
}

std::string data_directory() {
    const std::string given = variable("PAKASHOP_DATA");
    return api::without_end_slashes(given.empty() ? api::Config{}.data_dir : given);
}

}  // namespace

Result<std::unique_ptr<LogView>, api::StartFailure> LogView::open(const std::string& directory) {
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

std::string log_directory(const std::string& given) {
    constexpr std::string_view engine = "rocksdb:";
    std::string where = given.empty() ? variable("PAKASHOP_LOG") : given;
    if (where.starts_with(engine)) where.erase(0, engine.size());
    return where.empty() ? data_directory() + "/log" : api::without_end_slashes(std::move(where));
}

int report(const api::StartFailure& failure) {
    fmt::print(stderr, "pakashop: {}\n", failure.text);
    return failure.exit_code;
}

}  // namespace pakashop::cli
