package org.frugal.app.server;

import android.content.Context;
import android.view.View;
import android.widget.EditText;
import android.widget.Switch;
import android.widget.TextView;
import org.frugal.app.Numbers;
import org.frugal.app.R;
import org.frugal.app.Screen;

/** Where parts are asked that run on another machine. */
public final class ServerCard {
  private final Context context;
  private final View view;
  private final ServerModel model;

  public ServerCard(Context context, View view, ServerModel model) {
    this.context = context;
    this.view = view;
    this.model = model;
    find(R.id.server_use).setOnClickListener(v -> use());
    this.<Switch>find(R.id.server_offline).setOnCheckedChangeListener((button, on) -> model.setOffline(on));
    this.<Switch>find(R.id.server_metered).setOnCheckedChangeListener((button, on) -> model.setMetered(on));
  }

  private <T extends View> T find(int id) {
    return view.findViewById(id);
  }

  private void use() {
    TextView problem = find(R.id.server_problem);
    EditText address = find(R.id.server_address);
    EditText token = find(R.id.server_token);
    String refused = model.use(address.getText().toString(), token.getText().toString());
    problem.setText(refused);
    Screen.showIf(refused != null, problem);
    if (refused == null) {
      token.setText("");
    }
  }

  /** Shows what is set; what a person types meanwhile stays. */
  public void show(ServerSettings now) {
    EditText address = find(R.id.server_address);
    if (!address.hasFocus()) {
      address.setText(now.address());
    }
    this.<EditText>find(R.id.server_token)
        .setHint(now.token().isEmpty() ? R.string.server_token : R.string.server_token_kept);
    this.<Switch>find(R.id.server_offline).setChecked(now.offline());
    this.<Switch>find(R.id.server_metered).setChecked(now.metered());
    refresh();
  }

  /** Shows what has been spent by now. */
  public void refresh() {
    this.<TextView>find(R.id.server_spent)
        .setText(context.getString(R.string.server_spent, Numbers.bytes(model.spent())));
  }
}
