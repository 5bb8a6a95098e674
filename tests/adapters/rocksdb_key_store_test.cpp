#include "adapters/rocksdb/rocksdb_key_store.hpp"

#include <sys/stat.h>

#include "events/kernel/hash.hpp"
#include "tests/adapters/rocksdb_bench.hpp"
#include "tests/contracts/key_store_contract.hpp"

namespace pakashop {
namespace {

const std::string hex_key(64, 'a');

std::filesystem::path
write_master_key(const kit::ScratchFolder& scratch, const std::string& text, mode_t mode = 0400) {
    static int number = 0;
    const auto file = scratch.path() / ("master" + std::to_string(++number));
    kit::write_file(file, text);
    ::chmod(file.c_str(), mode);
    return file;
}

RocksDbKeyStoreOptions options_in(const kit::ScratchFolder& scratch) {
    RocksDbKeyStoreOptions options;
    options.directory = scratch.path() / "keys";
    options.master_key_file = write_master_key(scratch, hex_key + "\n");
    options.free_bytes_min = 0;
    return options;
}

std::unique_ptr<RocksDbKeyStore> open_keys(const RocksDbKeyStoreOptions& options) {
    auto store = RocksDbKeyStore::open(options);
    REQUIRE_MESSAGE(store.has_value(), store.error().detail);
    return *std::move(store);
}

KeyStoreOpenError open_error(const RocksDbKeyStoreOptions& options) {
    const auto store = RocksDbKeyStore::open(options);
    REQUIRE_FALSE(store.has_value());
    return store.error().error;
}

class ScratchKeyStore final : public KeyStore {
public:
    Result<NumberedKey, KeyFailure> current(std::string_view subject) override {
        return store_->current(subject);
    }
    Result<std::optional<DataKey>, KeyFailure> find(std::string_view subject, std::uint32_t number)
        override {
        return store_->find(subject, number);
    }
    Result<void, KeyFailure> destroy(std::string_view subject) override {
        return store_->destroy(subject);
    }

private:
    kit::ScratchFolder scratch_;
    std::unique_ptr<RocksDbKeyStore> store_ = open_keys(options_in(scratch_));
};

// The number of files that contain `text`.
int files_with(const kit::ScratchFolder& scratch, const std::string& text) {
    int found = 0;
    for (const auto& [name, bytes] : kit::files_in(scratch.path() / "keys")) {
        found += bytes.find(text) != std::string::npos;
    }
    return found;
}

// The wrapped key of a subject as it lies in the write-ahead log: 80 characters of base64.
std::string wrapped_key(const kit::ScratchFolder& scratch, const std::string& subject) {
    for (const auto& [name, bytes] : kit::files_in(scratch.path() / "keys")) {
        const auto at = bytes.find("key:" + subject);
        if (at == std::string::npos) continue;
        return bytes.substr(at + 4 + subject.size() + 1 + 5, 80);
    }
    return {};
}

TEST_CASE("the RocksDB key store keeps the contract") {
    contract::check_key_store([] { return std::make_unique<ScratchKeyStore>(); });
}

TEST_CASE("keys and the numbers of destroyed ones outlive the process") {
    const kit::ScratchFolder scratch;
    const auto options = options_in(scratch);
    DataKey kept{};
    {
        const auto store = open_keys(options);
        kept = store->current("usr_1/person")->key;
        (void)store->current("usr_2/person");
        CHECK(store->destroy("usr_2/person").has_value());
    }
    const auto store = open_keys(options);
    CHECK(store->find("usr_1/person", 1).value() == kept);
    CHECK(store->find("usr_2/person", 1).value() == std::nullopt);
    CHECK(store->current("usr_2/person")->number == 2);
}

TEST_CASE("whether there is a key store is known without making one") {
    const kit::ScratchFolder scratch;
    const auto options = options_in(scratch);
    CHECK_FALSE(RocksDbKeyStore::exists(options.directory));
    CHECK_FALSE(std::filesystem::exists(options.directory));
    (void)open_keys(options);
    CHECK(RocksDbKeyStore::exists(options.directory));
}

TEST_CASE("a destroyed key is in no file any more") {
    const kit::ScratchFolder scratch;
    const auto store = open_keys(options_in(scratch));
    for (int i = 0; i < 50; ++i) (void)store->current("usr_" + std::to_string(i) + "/person");
    const std::string wrapped = wrapped_key(scratch, "usr_7/person");
    REQUIRE(wrapped.size() == 80);
    REQUIRE(files_with(scratch, wrapped) >= 1);
    REQUIRE(store->destroy("usr_7/person").has_value());
    CHECK(files_with(scratch, wrapped) == 0);
    CHECK(store->current("usr_8/person")->number == 1);
}

TEST_CASE("every subject's newest key is told as it lies there, destroyed ones without bytes") {
    const kit::ScratchFolder scratch;
    const auto store = open_keys(options_in(scratch));
    CHECK(store->wrapped_keys()->empty());
    for (const char* subject : {"usr_2/person", "usr_1/person", "usr_1/tax"}) {
        REQUIRE(store->current(subject).has_value());
    }
    REQUIRE(store->destroy("usr_1/tax").has_value());
    REQUIRE(store->destroy("usr_2/person").has_value());
    REQUIRE(store->current("usr_2/person").has_value());
    const auto keys = store->wrapped_keys();
    REQUIRE(keys.has_value());
    REQUIRE(keys->size() == 3);
    CHECK((*keys)[0].subject == "usr_1/person");
    CHECK((*keys)[0].number == 1);
    CHECK((*keys)[0].wrapped.size() > sizeof(DataKey));
    CHECK((*keys)[1] == WrappedKey{"usr_1/tax", 1, ""});
    CHECK((*keys)[2].number == 2);
}

TEST_CASE("no data key lies unwrapped on disk") {
    const kit::ScratchFolder scratch;
    const auto store = open_keys(options_in(scratch));
    const DataKey key = store->current("usr_1/person")->key;
    CHECK(files_with(scratch, std::string{text_of(key)}) == 0);
    CHECK(files_with(scratch, "usr_1/person") >= 1);
}

TEST_CASE("another master key is refused by name and changes nothing") {
    const kit::ScratchFolder scratch;
    auto options = options_in(scratch);
    (void)open_keys(options)->current("usr_1/person");
    const auto right = options.master_key_file;
    options.master_key_file = write_master_key(scratch, std::string(64, 'b'));
    CHECK(open_error(options) == KeyStoreOpenError::wrong_master_key);
    options.master_key_file = right;
    CHECK(open_keys(options)->current("usr_1/person")->number == 1);
}

TEST_CASE("a master key file that others could read, or that holds no key, is refused") {
    const kit::ScratchFolder scratch;
    auto options = options_in(scratch);
    for (const mode_t mode : {0440, 0404, 0644, 0660, 0500, 0700}) {
        options.master_key_file = write_master_key(scratch, hex_key, mode);
        CHECK(open_error(options) == KeyStoreOpenError::master_key_file);
    }
    const std::string bad[] = {
        "", "\n", hex_key.substr(1), hex_key + "a", hex_key + "\n\n", std::string(64, 'g')
    };
    for (const std::string& text : bad) {
        options.master_key_file = write_master_key(scratch, text);
        CHECK(open_error(options) == KeyStoreOpenError::master_key_file);
    }
    options.master_key_file = scratch.path() / "nowhere";
    CHECK(open_error(options) == KeyStoreOpenError::master_key_file);
    options.master_key_file = scratch.path();
    CHECK(open_error(options) == KeyStoreOpenError::master_key_file);
    options.master_key_file = write_master_key(scratch, hex_key, 0600);
    CHECK(RocksDbKeyStore::open(options).has_value());
}

TEST_CASE("a second process is refused the keys") {
    const kit::ScratchFolder scratch;
    const auto options = options_in(scratch);
    const auto first = open_keys(options);
    CHECK(open_error(options) == KeyStoreOpenError::locked);
}

TEST_CASE("no key is made on a nearly full disk, and known ones are still found") {
    const kit::ScratchFolder scratch;
    std::uint64_t room = 1000;
    auto options = options_in(scratch);
    options.free_bytes_min = 1000;
    options.free_space = [&] { return std::optional{room}; };
    const auto store = open_keys(options);
    CHECK(store->current("usr_1/person").has_value());
    room = 999;
    CHECK(store->current("usr_2/person").error() == KeyFailure::unavailable);
    CHECK(store->current("usr_1/person").has_value());
    room = 1000;
    CHECK(store->current("usr_2/person").has_value());
}

// Callers meet at a sync only when they get the processors: some round of many has such a moment.
TEST_CASE("keys made at the same time share their syncs") {
    const kit::ScratchFolder scratch;
    const auto store = open_keys(options_in(scratch));
    constexpr int callers = 16;
    constexpr int each = 25;
    constexpr int rounds = 40;
    std::atomic<int> keys{0};
    const auto shared = [&] { return store->syncs() < static_cast<std::uint64_t>(keys.load()); };
    for (int round = 0; round < rounds && !shared(); ++round) {
        std::vector<std::thread> threads;
        for (int caller = 0; caller < callers; ++caller) {
            threads.emplace_back([&] {
                for (int i = 0; i < each; ++i) {
                    (void)store->current("usr_" + std::to_string(++keys) + "/person");
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
    }
    MESSAGE(keys.load() << " keys took " << store->syncs() << " syncs");
    CHECK(shared());
}

}  // namespace
}  // namespace pakashop
