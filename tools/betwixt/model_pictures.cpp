// SPDX-License-Identifier: MIT
#include "model_pictures.h"

#include "betwixt/core/error.h"
#include "betwixt/media/picture_folder.h"
#include "colour.h"
#include "commands.h"

namespace betwixt::cli {

Images pictures_for(const LoadedModel& loaded, const std::string& folder, const std::string& colour) {
  const Shape& picture = loaded.model.options().picture;
  const JsonValue* used = loaded.training.find("background");
  const bool known = used && used->is(JsonValue::Kind::kString);
  LoadOptions options{.channels = static_cast<int>(picture[2]),
                      .background = colour_in(colour.empty() && known ? used->text() : colour)};
  if (picture[0] == picture[1]) options.size = static_cast<int>(picture[0]);
  return load_images(folder, options);
}

std::optional<FactorGrid> grid_in(const std::string& text) {
  if (text.empty()) return std::nullopt;
  const std::size_t x = text.find('x');
  FactorGrid grid;
  grid.rows = x == std::string::npos ? -1 : index_in(text.substr(0, x));
  grid.columns = x == std::string::npos ? -1 : index_in(text.substr(x + 1));
  if (grid.rows < 1 || grid.columns < 1)
    throw Error(ErrorCode::kSyntax, "grid", "\"%.32s\" is no grid such as 40x40", text.c_str());
  return grid;
}

}  // namespace betwixt::cli
