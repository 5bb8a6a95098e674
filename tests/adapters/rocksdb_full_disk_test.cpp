#include <thread>

#include <doctest/doctest.h>
#include <sys/mount.h>

#include "tests/adapters/rocksdb_bench.hpp"

namespace pakashop {
namespace {

constexpr std::size_t mebibyte = 1U << 20;

/// A small disk of its own, where the process may mount one.
class SmallDisk {
public:
    explicit SmallDisk(const std::filesystem::path& at) : at_{at} {
        std::filesystem::create_directories(at);
        mounted_ = ::mount("tmpfs", at.c_str(), "tmpfs", 0, "size=64m") == 0;
    }
    ~SmallDisk() {
        if (mounted_) ::umount2(at_.c_str(), MNT_DETACH);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    bool mounted() const { return mounted_; }

private:
    std::filesystem::path at_;
    bool mounted_ = false;
};

// Appends until the log answers otherwise than durable; how often it did. A disk where the database
// has just dropped a file of its own is filled up again.
std::pair<int, AppendOutcome> fill(RocksDbLog& log, kit::RecordMaker& maker, PartitionBatch& left) {
    const std::string payload = '"' + std::string(100'000, 'x') + '"';
    for (int appended = 0;; ++appended) {
        static std::uint64_t command = 0;
        maker.commit("ord_1", ++command, {{"order:ord_1", payload}});
        left = maker.take();
        const auto outcome = log.append({&left, 1}).at(0);
        if (outcome == AppendOutcome::durable && appended < 5000) continue;
        std::this_thread::sleep_for(std::chrono::milliseconds{300});
        const auto again = log.append({&left, 1}).at(0);
        if (again != AppendOutcome::durable || appended == 5000) return {appended, again};
    }
}

TEST_CASE("a disk that fills up is refused in time, and serves again once there is room") {
    const kit::ScratchFolder scratch;
    const SmallDisk disk{scratch.path() / "disk"};
    if (!disk.mounted()) {
        MESSAGE("no disk can be mounted here: covered with an injected one only");
        return;
    }
    const auto ballast = scratch.path() / "disk" / "ballast";
    kit::write_file(ballast, std::string(12 * mebibyte, 'b'));
    auto options = scratch.log_options();
    options.directory = scratch.path() / "disk" / "log";
    options.free_bytes_min = 20 * mebibyte;
    std::string problem;
    options.on_failure = [&](std::string_view text) { problem = text; };
    const auto log = kit::open_log(options);
    kit::RecordMaker maker{"g1", 0};
    maker.announce();
    PartitionBatch refused;
    const auto [appended, outcome] = fill(*log, maker, refused);
    MESSAGE(appended << " appends before the guard");
    CHECK(appended > 10);
    CHECK(outcome == AppendOutcome::storage_low);
    CHECK(problem == "");
    CHECK(log->append({&refused, 1}) == std::vector{AppendOutcome::storage_low});
    CHECK(log->record(0, 0).has_value());
    std::filesystem::remove(ballast);
    CHECK(log->append({&refused, 1}) == std::vector{AppendOutcome::durable});
    CHECK(log->check_witness() == "");
}

}  // namespace
}  // namespace pakashop
