#include "ops/sandbox/key_file.hpp"

#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

namespace pakashop::sandbox {
namespace {

/// Writes under another name and renames, so that no half-written key is ever found.
bool write_secret(const std::filesystem::path& file, const std::string& text) {
    const std::filesystem::path fresh = file.string() + ".new";
    constexpr mode_t owner_only = 0600;
    ::unlink(fresh.c_str());
    const int descriptor =
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, owner_only);
    if (descriptor < 0) return false;
    const auto written = ::write(descriptor, text.data(), text.size());
    const bool synced = written == static_cast<ssize_t>(text.size()) && ::fsync(descriptor) == 0;
    ::close(descriptor);
    return synced && ::rename(fresh.c_str(), file.c_str()) == 0;
}

}  // namespace

std::expected<PrivateKey, std::string> load_or_make_key(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) {
        PrivateKey key = PrivateKey::generate();
        if (write_secret(file, key.to_pem())) return key;
        return std::unexpected{fmt::format("{}: the key cannot be written", file.string())};
    }
    std::ifstream in{file, std::ios::binary};
    const std::string pem{std::istreambuf_iterator<char>{in}, {}};
    auto key = PrivateKey::from_pem(pem);
    if (!key) return std::unexpected{fmt::format("{}: no private key on P-256", file.string())};
    return std::move(*key);
}

}  // namespace pakashop::sandbox
