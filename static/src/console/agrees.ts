import { ElMessageBox } from 'element-plus';

/** Ask before something is done, and wait for yes or no. */
export function agrees(title: string, message: string, yes: string): Promise<boolean> {
  const given = { confirmButtonText: yes, cancelButtonText: '取消' };
  return ElMessageBox.confirm(message, title, given).then(
    () => true,
    () => false,
  );
}
