#pragma once

namespace pakashop {

/// Why a read model says nothing: it cannot be reached now. Nothing that matters depends on it.
enum class ReadFailure { unavailable };

}  // namespace pakashop
